/* A list whose second entry points back to the wrong place. */
#include <estats/estats.h>

int main(void)
{
	struct list_node first, second;
	LIST_HEAD(list);

	list_add_tail(&list, &first);
	list_add_tail(&list, &second);
	second.prev = &list.n;
	list_check(&list, "the place");
	return 0;
}

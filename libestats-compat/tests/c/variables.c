/* Prints the table of variables, from the executable's own copy of it. */
#include <estats/estats.h>

int main(void)
{
	int i;

	for (i = 0; i < TOTAL_NUM_VARS; i++)
		printf("%d %s %d %d\n", i, estats_var_array[i].name, (int)estats_var_array[i].valtype,
		       (int)estats_var_array[i].type);
	return 0;
}

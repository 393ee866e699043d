/*
 * A program for libestats, compiled with `-include` of the header of one layout.
 *
 *     estats PORT                 the connection with this local port, who holds it, and its values: "NAME WIDTH TYPE VALUE"
 *     estats PORT mask MASK       its values with this mask for the first table
 *     estats PORT record FILE     its values written to a file, and what is read from there: tuple and values
 *     estats PORT errors          numbers and texts of errors
 */
#include <stdlib.h>
#include <string.h>

static const char *const widths[] = { "u64", "u32", "s32", "u16", "u8" };

static void check(struct estats_error *error)
{
	if (error) {
		estats_error_print(stderr, error);
		exit(1);
	}
}

/* The entry that a node belongs to. */
#define ENTRY(node, type) ((struct type *)((char *)(node) - __builtin_offsetof(struct type, list)))

/* Old programs take an entry for a tuple, or a pointer to its first member beside the node. */
#define TUPLE(connection) ((struct estats_connection_tuple *)(connection)->rem_addr)

static struct estats_connection *find(struct estats_connection_list *list, int port)
{
	struct list_node *node;

	for (node = list->connection_head.n.next; node != &list->connection_head.n; node = node->next)
		if (ENTRY(node, estats_connection)->local_port == port)
			return ENTRY(node, estats_connection);
	fprintf(stderr, "no connection has local port %d\n", port);
	exit(1);
}

static void print_tuple(struct estats_connection_tuple *tuple)
{
	struct estats_connection_tuple_ascii text;

	memset(&text, 'x', sizeof(text));
	check(estats_connection_tuple_as_strings(&text, tuple));
	printf("%s %s %s %s\n", text.local_addr, text.local_port, text.rem_addr, text.rem_port);
}

static void print_holder(struct estats_connection_list *list, int cid)
{
	struct list_node *node;
	int pid;

	check(estats_connection_list_add_info(list));
	for (node = list->connection_info_head.n.next; node != &list->connection_info_head.n; node = node->next) {
		struct estats_connection_info *info = ENTRY(node, estats_connection_info);

		if (info->cid != cid)
			continue;
		check(estats_connection_info_get_pid(&pid, info));
		printf("pid %d %d uid %u state %d inode %d\n", pid, info->pid, info->uid, info->state, info->ino != 0);
	}
}

static void print_values(struct estats_val_data *data)
{
	char *text;
	int i;

	for (i = 0; i < data->length; i++) {
		const struct estats_var *var = &estats_var_array[i];

		check(estats_val_as_string(&text, &data->val[i], var->valtype));
		printf("%s %s %d %s\n", var->name, widths[var->valtype], var->type, data->val[i].masked ? "-" : text);
		free(text);
	}
}

static void print_errors(struct estats_nl_client *client)
{
	struct estats_connection_tuple tuple;
	struct estats_connection_tuple_ascii text;
	struct estats_error *error;
	int number;

	memset(&tuple, 0, sizeof(tuple));
	error = estats_connection_tuple_as_strings(&text, &tuple);
	printf("tuple %d\n", estats_error_get_number(error));
	estats_error_free(&error);
	error = estats_read_vars(NULL, 0, client);
	printf("cid %d\n", estats_error_get_number(error));
	estats_error_free(&error);
	for (number = 9; number < 17; number++) {
		error = estats_error_new(number, NULL, NULL, -1, NULL);
		printf("%d %d %s\n", number, estats_error_get_number(error), estats_error_get_message(error));
		estats_error_free(&error);
	}
}

#ifdef HAS_VAR_DATA
static void check_var_data(struct estats_nl_client *client)
{
	struct estats_var_data *own, *clients;
	int i;

	check(estats_get_mib(&own, client));
	check(estats_nl_client_get_var_data(&clients, client));
	if (own->num_tables != 6 || own->length != 123 || own->max_index[0] != 38 || own->max_index[5] != 0)
		exit(3);
	for (i = 0; i < own->length; i++)
		if (strcmp(own->var[i].name, estats_var_array[i].name) || strcmp(clients->var[i].name, own->var[i].name) ||
		    own->var[i].type != estats_var_array[i].type)
			exit(3);
}
#endif

int main(int argc, char **argv)
{
	struct estats_connection_list *list = NULL;
	struct estats_val_data *data = NULL, *again = NULL;
	struct estats_connection *connection;
	struct estats_nl_client *client = NULL;
	struct estats_record *record = NULL;
	struct estats_mask mask;
	int differs;

	check(estats_nl_client_init(&client));
	check(estats_connection_list_new(&list));
	check(estats_list_conns(list, client));
	connection = find(list, atoi(argv[1]));
	check(estats_val_data_new(&data));
	if (argc == 2) {
		print_tuple(TUPLE(connection));
		print_holder(list, connection->cid);
#ifdef HAS_VAR_DATA
		check_var_data(client);
#endif
	} else if (!strcmp(argv[2], "mask")) {
		/* What does not count is left as it lies, as old programs do. */
		memset(&mask.masks, 0xa5, sizeof(mask.masks));
		memset(&mask.if_mask, 0, sizeof(mask.if_mask));
		mask.masks[0] = strtoull(argv[3], NULL, 16);
		mask.if_mask[0] = 1;
		check(estats_nl_client_set_mask(client, &mask));
	} else if (!strcmp(argv[2], "errors")) {
		print_errors(client);
		return 0;
	}
	check(estats_read_vars(data, connection->cid, client));
	check(estats_connection_tuple_compare(&differs, &data->tuple, TUPLE(connection)));
	if (differs || data->tuple.cid != connection->cid || !data->tv.sec || data->tv.usec > 999999)
		return 3;
	if (argc == 4 && !strcmp(argv[2], "record")) {
		check(estats_record_open(&record, argv[3], "w"));
		check(estats_record_write_data(record, data));
		estats_record_close(&record);
		check(estats_record_open(&record, argv[3], "r"));
		check(estats_record_read_data(&again, record));
		estats_record_close(&record);
		print_tuple(&again->tuple);
		print_values(again);
		/* Nothing is different from itself. */
		check(estats_val_data_delta(again, again, data));
		print_values(again);
		return 0;
	}
	print_values(data);
	estats_val_data_free(&data);
	estats_connection_list_free(&list);
	estats_nl_client_destroy(&client);
	return 0;
}

/*
 * Finds the connection with the given local port through the C library and prints its values in the library's order, one
 * "NAME VALUE" a line; a masked value is "-".
 *
 *     library PORT
 */
#include <stdio.h>
#include <stdlib.h>

#include <estats/estats.h>

static int find(estats_nl_client *client, int port, int *cid)
{
	struct estats_connection_list *list = NULL;
	struct estats_connection *connection;

	if (estats_connection_list_new(&list) || estats_list_conns(list, client))
		return -1;
	*cid = 0;
	estats_list_for_each(&list->connection_head, connection, list)
		if (connection->local_port == port)
			*cid = connection->cid;
	estats_connection_list_free(&list);
	return *cid ? 0 : -1;
}

static int print(estats_nl_client *client, int cid)
{
	struct estats_val_data *data = NULL;
	struct estats_error *error;
	char *text;
	int i;

	if (estats_val_data_new(&data))
		return -1;
	error = estats_read_vars(data, cid, client);
	if (error) {
		estats_error_print(stderr, error);
		estats_error_free(&error);
		return -1;
	}
	for (i = 0; i < data->length; i++) {
		if (data->val[i].masked) {
			printf("%s -\n", estats_var_array[i].name);
			continue;
		}
		if (estats_val_as_string(&text, &data->val[i], estats_var_array[i].valtype))
			return -1;
		printf("%s %s\n", estats_var_array[i].name, text);
		free(text);
	}
	estats_val_data_free(&data);
	return 0;
}

int main(int argc, char **argv)
{
	estats_nl_client *client = NULL;
	struct estats_error *error;
	int cid;

	if (argc != 2)
		return 2;
	error = estats_nl_client_init(&client);
	if (error) {
		estats_error_print(stderr, error);
		return 1;
	}
	if (find(client, atoi(argv[1]), &cid)) {
		fprintf(stderr, "no connection has local port %s\n", argv[1]);
		return 1;
	}
	if (print(client, cid))
		return 1;
	estats_nl_client_destroy(&client);
	return 0;
}

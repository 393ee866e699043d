/*
 * Asks the daemon and prints what comes, in the way of the old tools: errors to stderr, status 1.
 *
 *     ask list|since TOKEN|within MS|vars|read CID [MASK]|write CID NAME VALUE|mib|timestamp MS|family|info
 */
#include <string.h>

#include <estats/estats.h>

static estats_error *print_list(struct estats_connection_list *list)
{
	struct estats_connection_tuple_ascii text;
	struct estats_connection *i;
	estats_error *err;

	estats_list_for_each(&list->connection_head, i, list) {
		err = estats_connection_tuple_as_strings(&text, (struct estats_connection_tuple *)i->rem_addr);
		if (err)
			return err;
		printf("%s %s %s %s %s\n", text.cid, text.local_addr, text.local_port, text.rem_addr, text.rem_port);
	}
	return NULL;
}

static void print_values(struct estats_val_data *data)
{
	int i;

	printf("cid %d at %u.%06u\n", data->tuple.cid, data->tv.sec, data->tv.usec);
	for (i = 0; i < data->length; i++) {
		char *text;

		if (data->val[i].masked)
			continue;
		estats_val_as_string(&text, &data->val[i], estats_var_array[i].valtype);
		printf("%s=%s\n", estats_var_array[i].name, text);
		free(text);
	}
}

static estats_error *read_vars(struct estats_nl_client *client, int cid, const char *mask_text)
{
	struct estats_val_data *data = NULL;
	struct estats_mask mask;
	estats_error *err;

	if (mask_text) {
		/* What does not count is left as it lies, as old programs do. */
		memset(&mask.masks, 0xa5, sizeof(mask.masks));
		memset(&mask.if_mask, 0, sizeof(mask.if_mask));
		mask.masks[PERF_TABLE] = strtoull(mask_text, NULL, 16);
		mask.if_mask[PERF_TABLE] = 1;
		err = estats_nl_client_set_mask(client, &mask);
		if (err)
			return err;
	}
	err = estats_val_data_new(&data);
	if (!err)
		err = estats_read_vars(data, cid, client);
	if (!err)
		print_values(data);
	estats_val_data_free(&data);
	return err;
}

static estats_error *list_vars(struct estats_nl_client *client)
{
	struct estats_connection_vars_list *list = NULL;
	struct estats_connection_vars *i;
	estats_error *err = estats_connection_vars_list_new(&list);

	if (!err)
		err = estats_list_conns_vars(list, client);
	if (!err)
		err = estats_list_conns_vars(list, client); /* empties the list first */
	if (!err)
		estats_list_for_each(&list->connection_vars_head, i, list)
			print_values(i->data);
	estats_connection_vars_list_free(&list);
	return err;
}

static estats_error *list_conns(struct estats_nl_client *client, const char *how, const char *argument)
{
	struct estats_connection_list *list = NULL;
	struct estats_connection_info *i;
	estats_error *err = estats_connection_list_new(&list);

	if (err)
		return err;
	if (strcmp(how, "since") == 0)
		err = estats_list_conns_active_since(list, strtoull(argument, NULL, 10), client);
	else if (strcmp(how, "within") == 0)
		err = estats_list_conns_active_within(list, (uint32_t)atoi(argument), client);
	else
		err = estats_list_conns(list, client);
	if (!err && strcmp(how, "info") == 0) {
		err = estats_connection_list_add_info(list);
		if (!err)
			estats_list_for_each(&list->connection_info_head, i, list)
				printf("%d %d %s %d %d\n", i->cid, (int)i->pid, i->cmdline, (int)i->uid, i->state);
	} else if (!err) {
		err = print_list(list);
	}
	estats_connection_list_free(&list);
	return err;
}

static estats_error *ask(struct estats_nl_client *client, int argc, char **argv)
{
	const char *what = argv[1];
	const char *argument = argc > 2 ? argv[2] : "";
	estats_error *err;
	uint64_t token;
	int id;

	if (strcmp(what, "read") == 0)
		return read_vars(client, atoi(argument), argc > 3 ? argv[3] : NULL);
	if (strcmp(what, "write") == 0 && argc > 4)
		return estats_write_var(argv[3], (uint32_t)strtoul(argv[4], NULL, 10), atoi(argument), client);
	if (strcmp(what, "vars") == 0)
		return list_vars(client);
	if (strcmp(what, "mib") == 0)
		return estats_get_mib(NULL, client);
	if (strcmp(what, "timestamp") == 0) {
		err = estats_get_timestamp(&token, (uint32_t)atoi(argument), client);
		if (!err)
			printf("%" PRIu64 "\n", token);
		return err;
	}
	if (strcmp(what, "family") == 0) {
		err = estats_nl_client_get_fam_id(&id, client);
		if (!err)
			printf("%d\n", id);
		return err;
	}
	return list_conns(client, what, argument);
}

int main(int argc, char **argv)
{
	struct estats_nl_client *client = NULL;
	estats_error *err = estats_nl_client_init(&client);

	if (!err && argc > 1)
		err = ask(client, argc, argv);
	estats_nl_client_destroy(&client);
	if (err) {
		estats_error_print(stderr, err);
		estats_error_free(&err);
		return EXIT_FAILURE;
	}
	return EXIT_SUCCESS;
}

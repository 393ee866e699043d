/* Every call that needs no daemon: new, free, accessors, NULL, errors, lists. Silent when all is well. */
#include <errno.h>
#include <string.h>

#include <estats/estats.h>

static int failures;

#define EXPECT(condition)                                                       \
	do {                                                                    \
		if (!(condition)) {                                             \
			printf("%s:%d: %s\n", __FILE__, __LINE__, #condition); \
			failures++;                                             \
		}                                                               \
	} while (0)

/* The number of an error, which is freed. */
static int number_of(estats_error *err)
{
	int number = estats_error_get_number(err);

	estats_error_free(&err);
	return number;
}

#define FAILS(call, number) EXPECT(number_of(call) == (number))
#define WORKS(call) FAILS(call, ESTATS_ERR_SUCCESS)

static void errors(void)
{
	char extra[] = "extra";
	estats_error *err = estats_error_new(ESTATS_ERR_GENL, extra, "file.c", 7, "function");

	extra[0] = 'X';
	EXPECT(strcmp(estats_error_get_message(err), "Error thrown from genetlink library") == 0);
	EXPECT(strcmp(estats_error_get_extra(err), "extra") == 0);
	EXPECT(strcmp(estats_error_get_file(err), "file.c") == 0);
	EXPECT(estats_error_get_line(err) == 7);
	EXPECT(strcmp(estats_error_get_function(err), "function") == 0);
	estats_error_print(stderr, err);
	estats_error_free(&err);
	EXPECT(err == NULL);
	estats_error_free(&err);
	estats_error_free(NULL);
	estats_error_print(stderr, NULL);

	err = estats_error_new(ESTATS_ERR_INVAL, NULL, NULL, -1, NULL);
	EXPECT(estats_error_get_extra(err) == NULL && estats_error_get_file(err) == NULL);
	estats_error_print(stderr, err);
	estats_error_free(&err);

	/* The text belongs to errno at creation, whatever comes later. */
	errno = ENOENT;
	err = estats_error_new(ESTATS_ERR_LIBC, "path", NULL, -1, NULL);
	(void)strerror(EACCES);
	estats_error_print(stderr, err);
	estats_error_free(&err);

	/* Out of range: a static error, whose pointer is left alone. */
	err = estats_error_new((ESTATS_ERROR)99, "unused", NULL, -1, NULL);
	EXPECT(strcmp(estats_error_get_message(err), "Error not found in error table") == 0);
	EXPECT(estats_error_get_number(err) == ESTATS_ERR_UNKNOWN && estats_error_get_line(err) > 0);
	estats_error_free(&err);
	EXPECT(err != NULL);
}

static void tuples(void)
{
	struct estats_connection_tuple v4 = { { 10, 0, 0, 1 }, { 192, 168, 1, 255 }, 80, 65535, ESTATS_ADDRTYPE_IPV4, 4999999 };
	struct estats_connection_tuple v6 = { { 0 }, { 0x20, 0x01, 0x0d, 0xb8 }, 1, 2, ESTATS_ADDRTYPE_IPV6, 1 };
	struct estats_connection_tuple_ascii text;
	int differs = -1;

	memset(&text, 'x', sizeof(text));
	WORKS(estats_connection_tuple_as_strings(&text, &v4));
	EXPECT(strcmp(text.rem_addr, "10.0.0.1") == 0 && strcmp(text.local_addr, "192.168.1.255") == 0);
	EXPECT(strcmp(text.rem_port, "80") == 0 && strcmp(text.local_port, "65535") == 0);
	EXPECT(strcmp(text.cid, "4999999") == 0 && memcmp(text.addr_type, "xxxxx", 5) == 0);

	v6.local_addr[15] = 1;
	v6.rem_addr[12] = 127; /* IPv4-compatible: the C library writes these with dots */
	v6.rem_addr[15] = 1;
	WORKS(estats_connection_tuple_as_strings(&text, &v6));
	EXPECT(strcmp(text.local_addr, "2001:db8::1") == 0 && strcmp(text.rem_addr, "::127.0.0.1") == 0);

	v6.addr_type = 0;
	v6.cid = 17;
	FAILS(estats_connection_tuple_as_strings(&text, &v6), ESTATS_ERR_ADDR_TYPE);
	EXPECT(strcmp(text.cid, "17") == 0);
	FAILS(estats_connection_tuple_as_strings(NULL, &v4), ESTATS_ERR_INVAL);
	FAILS(estats_connection_tuple_as_strings(&text, NULL), ESTATS_ERR_INVAL);

	v6 = v4;
	v6.cid = 1;
	WORKS(estats_connection_tuple_compare(&differs, &v4, &v6));
	EXPECT(differs == 0);
	v6.rem_addr[3] = 2; /* behind zeros, where a string has ended */
	WORKS(estats_connection_tuple_compare(&differs, &v4, &v6));
	EXPECT(differs == 1);
	FAILS(estats_connection_tuple_compare(NULL, &v4, &v6), ESTATS_ERR_INVAL);
	FAILS(estats_connection_tuple_compare(&differs, NULL, &v6), ESTATS_ERR_INVAL);
}

static void text_is(struct estats_val *value, int type, const char *expected)
{
	char *text = NULL;

	WORKS(estats_val_as_string(&text, value, (ESTATS_VAL_TYPE)type));
	EXPECT(strcmp(text, expected) == 0);
	free(text);
}

static void values(void)
{
	struct estats_val value = { .masked = 1, .uv64 = UINT64_MAX };
	char *text;

	text_is(&value, ESTATS_UNSIGNED64, "18446744073709551615");
	text_is(&value, ESTATS_UNSIGNED32, "4294967295");
	text_is(&value, ESTATS_SIGNED32, "-1");
	text_is(&value, ESTATS_UNSIGNED16, "65535");
	text_is(&value, ESTATS_UNSIGNED8, "255");
	text_is(&value, 5, "");
	FAILS(estats_val_as_string(&text, NULL, ESTATS_UNSIGNED8), ESTATS_ERR_INVAL);
	FAILS(estats_val_as_string(NULL, &value, ESTATS_UNSIGNED8), ESTATS_ERR_INVAL);
}

static void deltas(void)
{
	struct estats_val_data *older, *newer, *delta;
	int tos = PERF_INDEX_MAX + IPTOSIN;

	WORKS(estats_val_data_new(&older));
	WORKS(estats_val_data_new(&newer));
	WORKS(estats_val_data_new(&delta));
	EXPECT(delta->length == TOTAL_NUM_VARS && delta->tv.sec == 0 && delta->var_data == NULL);
	older->val[SEGSOUT].uv32 = 10;
	newer->val[SEGSOUT].uv32 = 3; /* wrapped */
	older->val[HCDATAOCTETSOUT].uv64 = 1;
	newer->val[HCDATAOCTETSOUT].uv64 = 0x100000000;
	older->val[tos].uv8 = 2;
	newer->val[tos].uv8 = 1;
	newer->val[SEGSIN].masked = 1;
	delta->val[SEGSRETRANS].masked = 1; /* not unmasked */
	WORKS(estats_val_data_delta(delta, newer, older));
	EXPECT(delta->val[SEGSOUT].uv64 == UINT32_MAX - 6);
	EXPECT(delta->val[HCDATAOCTETSOUT].uv64 == UINT32_MAX);
	EXPECT(delta->val[tos].uv64 == 255);
	EXPECT(delta->val[SEGSIN].masked == 1 && delta->val[SEGSRETRANS].masked == 1 && delta->val[SEGSOUT].masked == 0);
	WORKS(estats_val_data_delta(newer, newer, older)); /* in place */
	EXPECT(newer->val[SEGSOUT].uv32 == UINT32_MAX - 6);
	FAILS(estats_val_data_delta(NULL, newer, older), ESTATS_ERR_INVAL);
	FAILS(estats_val_data_delta(delta, NULL, older), ESTATS_ERR_INVAL);
	FAILS(estats_val_data_delta(delta, newer, NULL), ESTATS_ERR_INVAL);
	estats_val_data_free(&older);
	estats_val_data_free(&newer);
	estats_val_data_free(&delta);
	EXPECT(delta == NULL);
	estats_val_data_free(&delta);
	estats_val_data_free(NULL);
	FAILS(estats_val_data_new(NULL), ESTATS_ERR_INVAL);
}

/* An entry such as a program may add to the library's lists by itself; the library frees it. */
static void add(struct estats_connection_list *list, int cid)
{
	struct estats_connection *connection = calloc(1, sizeof(*connection));

	connection->cid = cid;
	list_add_tail(&list->connection_head, &connection->list);
}

static void lists(void)
{
	struct estats_connection_list *list;
	struct estats_connection *i, *following;
	struct list_head other;
	int sum = 0;

	WORKS(estats_connection_list_new(&list));
	EXPECT(list_empty(&list->connection_head) && list_empty(&list->connection_info_head));
	add(list, 1);
	add(list, 20);
	add(list, 300);
	EXPECT(list_top(&list->connection_head, struct estats_connection, list)->cid == 1);
	EXPECT(list_tail(&list->connection_head, struct estats_connection, list)->cid == 300);
	list_for_each(&list->connection_head, i, list)
		sum += i->cid;
	estats_list_for_each(&list->connection_head, i, list)
		sum += i->cid;
	list_for_each_rev(&list->connection_head, i, list)
		sum += i->cid;
	EXPECT(sum == 3 * 321);
	list_for_each_safe(&list->connection_head, i, following, list) {
		if (i->cid == 20) {
			list_del(&i->list);
			free(i);
		}
	}
	EXPECT(list_check(&list->connection_head, "intact") == &list->connection_head);
	EXPECT(list_check_node(&list->connection_head.n, NULL) == &list->connection_head.n);
	i = list_top(&list->connection_head, struct estats_connection, list);
	i->list.prev = NULL;
	EXPECT(list_check(&list->connection_head, NULL) == NULL);
	i->list.prev = &list->connection_head.n;

	list_head_init(&other);
	list_append_list(&other, &list->connection_head);
	EXPECT(list_empty(&list->connection_head) && list_check(&other, NULL) == &other);
	list_prepend_list(&list->connection_head, &other);
	i = list_pop_off(&list->connection_head, struct estats_connection, list);
	EXPECT(i->cid == 1);
	list_add_head(&list->connection_head, &i->list);
	estats_connection_list_free(&list);
	EXPECT(list == NULL);
	estats_connection_list_free(&list);
	estats_connection_list_free(NULL);
	FAILS(estats_connection_list_new(NULL), ESTATS_ERR_INVAL);
}

static void vars_lists(void)
{
	struct estats_connection_vars_list *list;
	struct estats_connection_vars *vars;

	WORKS(estats_connection_vars_list_new(&list));
	WORKS(estats_connection_vars_new(&vars));
	EXPECT(vars->data->length == TOTAL_NUM_VARS);
	list_add_tail(&list->connection_vars_head, &vars->list);
	estats_connection_vars_list_free(&list);
	EXPECT(list == NULL);
	estats_connection_vars_list_free(&list);
	WORKS(estats_connection_vars_new(&vars));
	estats_connection_vars_free(&vars);
	EXPECT(vars == NULL);
	estats_connection_vars_free(&vars);
	FAILS(estats_connection_vars_new(NULL), ESTATS_ERR_INVAL);
	FAILS(estats_connection_vars_list_new(NULL), ESTATS_ERR_INVAL);
}

static void infos(void)
{
	struct estats_connection_info *info;
	struct estats_connection_tuple tuple;
	char *cmdline;
	int number;

	WORKS(estats_connection_info_new(&info));
	EXPECT(info->pid == 0 && info->cmdline[0] == '\0');
	info->cid = 1;
	info->pid = 2;
	info->uid = (uid_t)-1;
	info->tuple.local_port = 4;
	memcpy(info->cmdline, "sixteen letters!", 16); /* no NUL */
	WORKS(estats_connection_info_get_cid(&number, info));
	EXPECT(number == 1);
	WORKS(estats_connection_info_get_pid(&number, info));
	EXPECT(number == 2);
	WORKS(estats_connection_info_get_uid(&number, info));
	EXPECT(number == -1);
	WORKS(estats_connection_info_get_tuple(&tuple, info));
	EXPECT(tuple.local_port == 4);
	WORKS(estats_connection_info_get_cmdline(&cmdline, info));
	EXPECT(strcmp(cmdline, "sixteen letters!") == 0);
	free(cmdline);
	FAILS(estats_connection_info_get_cid(NULL, info), ESTATS_ERR_INVAL);
	FAILS(estats_connection_info_get_pid(&number, NULL), ESTATS_ERR_INVAL);
	FAILS(estats_connection_info_get_uid(NULL, info), ESTATS_ERR_INVAL);
	FAILS(estats_connection_info_get_tuple(&tuple, NULL), ESTATS_ERR_INVAL);
	FAILS(estats_connection_info_get_cmdline(NULL, info), ESTATS_ERR_INVAL);
	FAILS(estats_connection_info_get_cmdline(&cmdline, NULL), ESTATS_ERR_INVAL);
	estats_connection_info_free(&info);
	EXPECT(info == NULL);
	estats_connection_info_free(NULL);
	FAILS(estats_connection_info_new(NULL), ESTATS_ERR_INVAL);
	FAILS(estats_connection_list_add_info(NULL), ESTATS_ERR_INVAL);
}

static void null_clients(void)
{
	struct estats_connection_list *list;
	struct estats_connection_vars_list *vars_list;
	struct estats_val_data *data;
	struct estats_nl_client *client = NULL;
	struct mnl_socket *sock;
	uint64_t token;
	int id;

	WORKS(estats_connection_list_new(&list));
	WORKS(estats_connection_vars_list_new(&vars_list));
	WORKS(estats_val_data_new(&data));
	FAILS(estats_nl_client_init(NULL), ESTATS_ERR_INVAL);
	FAILS(estats_nl_client_set_mask(NULL, NULL), ESTATS_ERR_INVAL);
	FAILS(estats_nl_client_get_fam_id(&id, NULL), ESTATS_ERR_INVAL);
	FAILS(estats_nl_client_get_sock(&sock, NULL), ESTATS_ERR_INVAL);
	FAILS(estats_list_conns(list, NULL), ESTATS_ERR_INVAL);
	FAILS(estats_list_conns_active_since(list, 1, NULL), ESTATS_ERR_INVAL);
	FAILS(estats_list_conns_active_within(list, 1, NULL), ESTATS_ERR_INVAL);
	FAILS(estats_list_conns_vars(vars_list, NULL), ESTATS_ERR_INVAL);
	FAILS(estats_list_conns_vars_active_since(vars_list, 1, NULL), ESTATS_ERR_INVAL);
	FAILS(estats_list_conns_vars_active_within(vars_list, 1, NULL), ESTATS_ERR_INVAL);
	FAILS(estats_get_timestamp(&token, 0, NULL), ESTATS_ERR_INVAL);
	FAILS(estats_read_vars(data, 1, NULL), ESTATS_ERR_INVAL);
	FAILS(estats_write_var("LimCwnd", 1, 1, NULL), ESTATS_ERR_INVAL);
	FAILS(estats_get_mib(NULL, NULL), ESTATS_ERR_INVAL);
	FAILS(estats_record_open(NULL, "x", "r"), ESTATS_ERR_INVAL);
	FAILS(estats_record_read_data(&data, NULL), ESTATS_ERR_INVAL);
	FAILS(estats_record_write_data(NULL, data), ESTATS_ERR_INVAL);
	estats_record_close(NULL);
	estats_nl_client_destroy(&client);
	estats_nl_client_destroy(NULL);
	estats_connection_list_free(&list);
	estats_connection_vars_list_free(&vars_list);
	estats_val_data_free(&data);
}

int main(void)
{
	errors();
	tuples();
	values();
	deltas();
	lists();
	vars_lists();
	infos();
	null_clients();
	return failures != 0;
}

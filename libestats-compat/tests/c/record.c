/*
 * Writes and reads record files.
 *
 *     record write FILE COUNT    COUNT records with made-up values
 *     record read FILE           prints every record; the error that ended it goes to stderr
 *     record misuse FILE         calls in the wrong direction, and wrong arguments
 */
#include <string.h>

#include <estats/estats.h>

static void fill(struct estats_val_data *data, int number)
{
	static const struct estats_connection_tuple v4 = {
		{ 10, 0, 0, 2 }, { 10, 0, 0, 1 }, 80, 5001, ESTATS_ADDRTYPE_IPV4, 3
	};
	int i;

	data->tuple = v4;
	if (number == 1) {
		data->tuple.addr_type = ESTATS_ADDRTYPE_IPV6;
		data->tuple.rem_addr[15] = 1;
	}
	data->tv.sec = 0x01020304;
	data->tv.usec = (uint32_t)number;
	for (i = 0; i < data->length; i++)
		data->val[i].masked = 1;
	data->val[SEGSOUT].masked = 0;
	data->val[SEGSOUT].uv32 = 0x0a0b0c0d;
	data->val[HCDATAOCTETSOUT].masked = 0;
	data->val[HCDATAOCTETSOUT].uv64 = 0x0102030405060708;
	data->val[PERF_INDEX_MAX + IPTOSIN].masked = 0;
	data->val[PERF_INDEX_MAX + IPTOSIN].uv8 = 0xb8;
}

static estats_error *write_records(const char *path, int count)
{
	struct estats_record *record = NULL;
	struct estats_val_data *data = NULL;
	estats_error *err = estats_record_open(&record, path, "w");
	int number;

	if (!err)
		err = estats_val_data_new(&data);
	for (number = 0; !err && number < count; number++) {
		fill(data, number);
		err = estats_record_write_data(record, data);
	}
	estats_val_data_free(&data);
	estats_record_close(&record);
	return err;
}

static estats_error *read_records(const char *path)
{
	struct estats_connection_tuple_ascii text;
	struct estats_record *record = NULL;
	struct estats_val_data *data = NULL;
	estats_error *err = estats_record_open(&record, path, "r");

	while (!err && !(err = estats_record_read_data(&data, record))) {
		err = estats_connection_tuple_as_strings(&text, &data->tuple);
		printf("%u.%u %s:%s %s:%s", data->tv.sec, data->tv.usec, text.local_addr, text.local_port, text.rem_addr,
		       text.rem_port);
		printf(" %u %" PRIu64 " %u", data->val[SEGSOUT].uv32, data->val[HCDATAOCTETSOUT].uv64,
		       data->val[PERF_INDEX_MAX + IPTOSIN].uv8);
		printf(" masked %d %d\n", (int)data->val[SEGSOUT].masked, (int)data->val[SEGSIN].masked);
		estats_val_data_free(&data);
	}
	if (data)
		printf("the object is not NULL after the last record\n");
	estats_record_close(&record);
	return err;
}

static void report(estats_error *err)
{
	estats_error_print(stdout, err);
	estats_error_free(&err);
}

static estats_error *misuse(const char *path)
{
	struct estats_record *record = NULL;
	struct estats_val_data *data = NULL, *other = NULL;

	report(estats_val_data_new(&data));
	report(estats_record_open(&record, path, "a"));
	report(estats_record_open(&record, path, "w"));
	report(estats_record_read_data(&other, record));
	data->length--;
	report(estats_record_write_data(record, data));
	data->length++;
	estats_record_close(&record);
	report(estats_record_open(&record, path, "rb"));
	report(estats_record_write_data(record, data));
	report(estats_record_read_data(NULL, record));
	estats_record_close(&record);
	estats_val_data_free(&data);
	return NULL;
}

int main(int argc, char **argv)
{
	estats_error *err;

	if (argc < 3)
		return 2;
	if (strcmp(argv[1], "write") == 0)
		err = write_records(argv[2], argc > 3 ? atoi(argv[3]) : 1);
	else if (strcmp(argv[1], "misuse") == 0)
		err = misuse(argv[2]);
	else
		err = read_records(argv[2]);
	fflush(stdout);
	estats_error_print(stderr, err);
	if (err) {
		estats_error_free(&err);
		return EXIT_FAILURE;
	}
	return EXIT_SUCCESS;
}

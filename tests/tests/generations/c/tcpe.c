/*
 * A program for libtcpe (layout L0), whose declarations are here as well. Arguments and output as those of the program for
 * libestats, as far as there is something to print.
 */
#include <arpa/inet.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct tcpe_client;
struct tcpe_error;

struct tcpe_val {
	union {
		uint64_t uv64;
		uint32_t uv32;
		int32_t sv32;
		uint16_t uv16;
		uint8_t uv8;
	};
	int mask;
};

struct tcpe_data {
	struct tcpe_val val[117];
};

struct tcpe_var {
	char *name;
	int type;
};

struct tcpe_mask {
	uint64_t masks[5];
	int if_mask[5];
};

struct tcpe_connection_tuple {
	uint8_t rem_addr[17];
	uint8_t local_addr[17];
	uint16_t rem_port;
	uint16_t local_port;
	int cid;
};

#define SIZE(type, size) _Static_assert(sizeof(struct type) == (size), #type)
#define AT(type, member, offset) _Static_assert(__builtin_offsetof(struct type, member) == (offset), #type "." #member)

SIZE(tcpe_val, 16);
AT(tcpe_val, uv64, 0);
AT(tcpe_val, mask, 8);
SIZE(tcpe_data, 1872);
SIZE(tcpe_var, 16);
SIZE(tcpe_mask, 64);
AT(tcpe_mask, if_mask, 40);
SIZE(tcpe_connection_tuple, 44);
AT(tcpe_connection_tuple, local_addr, 17);
AT(tcpe_connection_tuple, rem_port, 34);
AT(tcpe_connection_tuple, cid, 40);

extern struct tcpe_var tcpe_var_array[];

struct tcpe_error *tcpe_client_init(struct tcpe_client **);
void tcpe_client_destroy(struct tcpe_client **);
struct tcpe_error *tcpe_client_set_mask(struct tcpe_client *, struct tcpe_mask *);
struct tcpe_error *tcpe_list_conns(struct tcpe_client *, void (*)(struct tcpe_connection_tuple *));
struct tcpe_error *tcpe_data_new(struct tcpe_data **);
struct tcpe_error *tcpe_data_free(struct tcpe_data **);
struct tcpe_error *tcpe_data_delta(struct tcpe_data *, const struct tcpe_data *, const struct tcpe_data *);
struct tcpe_error *tcpe_read_vars(struct tcpe_data *, int, const struct tcpe_client *);
struct tcpe_error *tcpe_error_new(int, const char *, const char *, int, const char *);
void tcpe_error_free(struct tcpe_error **);
void tcpe_error_print(FILE *, const struct tcpe_error *);
int tcpe_error_get_number(const struct tcpe_error *);
const char *tcpe_error_get_message(const struct tcpe_error *);

static const char *const widths[] = { "u64", "u32", "s32", "u16", "u8" };
static struct tcpe_connection_tuple found;
static int port;

static void check(struct tcpe_error *error)
{
	if (error) {
		tcpe_error_print(stderr, error);
		exit(1);
	}
}

static void look(struct tcpe_connection_tuple *tuple)
{
	if (tuple->local_port == port)
		found = *tuple;
}

static void print_address(const uint8_t *address, int address_port, char end)
{
	char text[INET6_ADDRSTRLEN];

	inet_ntop(address[16] == 1 ? AF_INET : AF_INET6, address, text, sizeof(text));
	printf("%s %d%c", text, address_port, end);
}

static void print_values(const struct tcpe_data *data)
{
	int i;

	for (i = 0; i < 117; i++) {
		const struct tcpe_val *val = &data->val[i];

		printf("%s %s 0 ", tcpe_var_array[i].name, widths[tcpe_var_array[i].type]);
		if (val->mask)
			printf("-\n");
		else if (tcpe_var_array[i].type == 0)
			printf("%llu\n", (unsigned long long)val->uv64);
		else if (tcpe_var_array[i].type == 1)
			printf("%u\n", val->uv32);
		else if (tcpe_var_array[i].type == 2)
			printf("%d\n", val->sv32);
		else
			printf("%u\n", val->uv8);
	}
}

static void print_errors(const struct tcpe_client *client)
{
	struct tcpe_error *error = tcpe_read_vars(NULL, 0, client);
	int number;

	printf("cid %d\n", tcpe_error_get_number(error));
	tcpe_error_free(&error);
	for (number = 9; number < 17; number++) {
		error = tcpe_error_new(number, NULL, NULL, -1, NULL);
		printf("%d %d %s\n", number, tcpe_error_get_number(error), tcpe_error_get_message(error));
		tcpe_error_free(&error);
	}
}

int main(int argc, char **argv)
{
	struct tcpe_client *client = NULL;
	struct tcpe_data *data = NULL;
	struct tcpe_mask mask;
	int i;

	port = atoi(argv[1]);
	check(tcpe_client_init(&client));
	check(tcpe_list_conns(client, look));
	if (!found.cid) {
		fprintf(stderr, "no connection has local port %d\n", port);
		return 1;
	}
	if (argc == 2) {
		print_address(found.local_addr, found.local_port, ' ');
		print_address(found.rem_addr, found.rem_port, '\n');
	} else if (!strcmp(argv[2], "mask")) {
		memset(&mask.masks, 0xa5, sizeof(mask.masks));
		memset(&mask.if_mask, 0, sizeof(mask.if_mask));
		mask.masks[0] = strtoull(argv[3], NULL, 16);
		mask.if_mask[0] = 1;
		check(tcpe_client_set_mask(client, &mask));
	} else {
		print_errors(client);
		return 0;
	}
	check(tcpe_data_new(&data));
	check(tcpe_read_vars(data, found.cid, client));
	print_values(data);
	/* Nothing is different from itself. */
	check(tcpe_data_delta(data, data, data));
	for (i = 0; i < 117; i++)
		if (!data->val[i].mask && data->val[i].uv32)
			return 3;
	check(tcpe_data_free(&data));
	tcpe_client_destroy(&client);
	return data == NULL ? 0 : 3;
}

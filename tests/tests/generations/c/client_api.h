/* The functions of libestats that the program uses; they are the same for all layouts. */
#ifndef CLIENT_API_H
#define CLIENT_API_H

#include <stdint.h>
#include <stdio.h>
#include <sys/types.h>

struct estats_error;
struct estats_nl_client;
struct estats_record;

struct estats_timeval {
	uint32_t sec;
	uint32_t usec;
};

struct estats_val {
	uint64_t masked;
	union {
		uint64_t uv64;
		uint32_t uv32;
		int32_t sv32;
		uint16_t uv16;
		uint8_t uv8;
	};
};

struct estats_var {
	char *name;
	int valtype;
	int type;
};

struct list_node {
	struct list_node *next, *prev;
};

struct list_head {
	struct list_node n;
};

struct estats_connection_list {
	struct list_head connection_head;
	struct list_head connection_info_head;
};

#define SIZE(type, size) _Static_assert(sizeof(struct type) == (size), #type)
#define AT(type, member, offset) _Static_assert(__builtin_offsetof(struct type, member) == (offset), #type "." #member)

SIZE(estats_val, 16);
AT(estats_val, uv64, 8);
SIZE(estats_var, 16);
AT(estats_var, valtype, 8);
AT(estats_var, type, 12);

extern struct estats_var estats_var_array[];

struct estats_connection_tuple;
struct estats_connection_tuple_ascii;
struct estats_connection_info;
struct estats_val_data;
struct estats_mask;

struct estats_error *estats_nl_client_init(struct estats_nl_client **);
void estats_nl_client_destroy(struct estats_nl_client **);
struct estats_error *estats_nl_client_set_mask(struct estats_nl_client *, struct estats_mask *);
struct estats_error *estats_connection_list_new(struct estats_connection_list **);
void estats_connection_list_free(struct estats_connection_list **);
struct estats_error *estats_list_conns(struct estats_connection_list *, const struct estats_nl_client *);
struct estats_error *estats_connection_list_add_info(struct estats_connection_list *);
struct estats_error *estats_connection_info_get_pid(int *, const struct estats_connection_info *);
struct estats_error *estats_connection_tuple_as_strings(struct estats_connection_tuple_ascii *,
							struct estats_connection_tuple *);
struct estats_error *estats_connection_tuple_compare(int *, const struct estats_connection_tuple *,
						     const struct estats_connection_tuple *);
struct estats_error *estats_val_data_new(struct estats_val_data **);
void estats_val_data_free(struct estats_val_data **);
struct estats_error *estats_val_data_delta(struct estats_val_data *, const struct estats_val_data *,
					   const struct estats_val_data *);
struct estats_error *estats_read_vars(struct estats_val_data *, int, const struct estats_nl_client *);
struct estats_error *estats_write_var(const char *, uint32_t, int, const struct estats_nl_client *);
struct estats_error *estats_val_as_string(char **, const struct estats_val *, int);
struct estats_error *estats_record_open(struct estats_record **, const char *, const char *);
void estats_record_close(struct estats_record **);
struct estats_error *estats_record_read_data(struct estats_val_data **, struct estats_record *);
struct estats_error *estats_record_write_data(struct estats_record *, struct estats_val_data *);
struct estats_error *estats_error_new(int, const char *, const char *, int, const char *);
void estats_error_free(struct estats_error **);
void estats_error_print(FILE *, const struct estats_error *);
int estats_error_get_number(const struct estats_error *);
const char *estats_error_get_message(const struct estats_error *);

#endif

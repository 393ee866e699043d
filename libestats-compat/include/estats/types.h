/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * The structures and enumerations of libestats. Every size, offset and number here is part of the binary interface:
 * programs were compiled against it years ago.
 */
#ifndef ESTATS_TYPES_H
#define ESTATS_TYPES_H

#include <netinet/in.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/types.h>

#include <estats/list.h>

#ifdef __cplusplus
extern "C" {
#endif

/* How a value is stored in struct estats_val. */
typedef enum ESTATS_VAL_TYPE {
	ESTATS_UNSIGNED64 = 0,
	ESTATS_UNSIGNED32 = 1,
	ESTATS_SIGNED32 = 2,
	ESTATS_UNSIGNED16 = 3,
	ESTATS_UNSIGNED8 = 4,
} ESTATS_VAL_TYPE;

/* What a value means: its SNMP syntax. Programs subtract COUNTER32 and COUNTER64 variables and show the others as they are. */
typedef enum ESTATS_TYPE {
	ESTATS_TYPE_INTEGER = 0,
	ESTATS_TYPE_INTEGER32 = 1,
	ESTATS_TYPE_INET_ADDRESS_IPV4 = 2,
	ESTATS_TYPE_COUNTER32 = 3,
	ESTATS_TYPE_GAUGE32 = 4,
	ESTATS_TYPE_UNSIGNED32 = 5,
	ESTATS_TYPE_TIME_TICKS = 6,
	ESTATS_TYPE_COUNTER64 = 7,
	ESTATS_TYPE_INET_PORT_NUMBER = 8,
	ESTATS_TYPE_INET_ADDRESS = 9,
	ESTATS_TYPE_INET_ADDRESS_IPV6 = 10,
	ESTATS_TYPE_OCTET = 11,
} ESTATS_TYPE;

/* Which form the 16 address bytes of a tuple have. */
typedef enum ESTATS_ADDRTYPE {
	ESTATS_ADDRTYPE_IPV4 = 1, /* the first 4 bytes; the other 12 are zero */
	ESTATS_ADDRTYPE_IPV6 = 2, /* all 16 bytes */
} ESTATS_ADDRTYPE;

/* Why a call failed: estats_error_get_number(). */
typedef enum ESTATS_ERROR {
	ESTATS_ERR_SUCCESS = 0,
	ESTATS_ERR_ACK = 1,
	ESTATS_ERR_RET_DATA = 2,
	ESTATS_ERR_INVAL = 3,
	ESTATS_ERR_NOMEM = 4,
	ESTATS_ERR_NOENT = 5,
	ESTATS_ERR_NOLINK = 6,
	ESTATS_ERR_LIBC = 7,
	ESTATS_ERR_EOF = 8,
	ESTATS_ERR_CHKSUM = 9,
	ESTATS_ERR_STR_CONV = 10,
	ESTATS_ERR_GENL = 11,
	ESTATS_ERR_FILE = 12,
	ESTATS_ERR_ACCESS = 13,
	ESTATS_ERR_ADDR_TYPE = 14,
	ESTATS_ERR_UNKNOWN = 15,
} ESTATS_ERROR;

typedef enum ESTATS_EVENT {
	ESTATS_NEW_CONN = 0,
} ESTATS_EVENT;

/* The two ends of a connection. Addresses are in network order, ports in host order. */
struct estats_connection_tuple {
	uint8_t rem_addr[16];
	uint8_t local_addr[16];
	uint16_t rem_port;
	uint16_t local_port;
	uint8_t addr_type; /* ESTATS_ADDRTYPE */
	int cid;
};

/* A tuple as text; filled by estats_connection_tuple_as_strings(), which leaves addr_type alone. */
struct estats_connection_tuple_ascii {
	char rem_addr[INET6_ADDRSTRLEN];
	char local_addr[INET6_ADDRSTRLEN];
	char rem_port[6];
	char local_port[6];
	char addr_type[5];
	char cid[11];
};

#define ESTATS_CMDLINE_LEN_MAX 16

/* One entry of connection_head. From rem_addr on it reads as a struct estats_connection_tuple. */
struct estats_connection {
	struct list_node list;
	uint8_t rem_addr[16];
	uint8_t local_addr[16];
	uint16_t rem_port;
	uint16_t local_port;
	uint8_t addr_type;
	int cid;
};

/* One entry of connection_vars_head: a connection with its values. */
struct estats_connection_vars {
	struct list_node list;
	struct estats_val_data *data;
};

/* One entry of connection_info_head: a connection and the process that holds it. */
struct estats_connection_info {
	struct list_node list;
	struct estats_connection_tuple tuple;
	char cmdline[ESTATS_CMDLINE_LEN_MAX]; /* the process's name; empty when no process was found */
	pid_t pid;                            /* -1 when no process was found */
	uid_t uid;                            /* (uid_t)-1 when /proc/net has no such socket */
	ino_t ino;                            /* (ino_t)-1 then, too */
	int state;                            /* the st column of /proc/net/tcp; -1 then, too */
	int cid;
};

struct estats_connection_list {
	struct list_head connection_head;      /* of struct estats_connection */
	struct list_head connection_info_head; /* of struct estats_connection_info */
};

struct estats_connection_vars_list {
	struct list_head connection_vars_head; /* of struct estats_connection_vars */
	struct list_head connection_info_head; /* of struct estats_connection_info */
};

/* One entry of estats_var_array: a variable's name and types. */
struct estats_var {
	char *name;
	enum ESTATS_VAL_TYPE valtype;
	enum ESTATS_TYPE type;
};

/* One value. It is present when masked is 0; which union member counts is the variable's valtype. */
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

struct estats_var_data {
	int num_tables;
	int *max_index;
	int length;
	struct estats_var var[0];
};

/* The wall clock time of a read. */
struct estats_timeval {
	uint32_t sec;
	uint32_t usec;
};

/* The values of one connection at one time, in the order of estats_var_array. */
struct estats_val_data {
	struct estats_connection_tuple tuple;
	struct estats_timeval tv;
	struct estats_var_data *var_data; /* unused, NULL */
	int length;                       /* how many values follow */
	struct estats_val val[0];
};

typedef enum ESTATS_RECORD_MODE {
	R_MODE = 0,
	W_MODE = 1,
} ESTATS_RECORD_MODE;

/* An open record file. Programs only hand it on. */
struct estats_record {
	FILE *fp;
	int swap;
	int bufsize;
	int nvars;
	ESTATS_RECORD_MODE mode;
};

/* The tables in the order in which estats_var_array has them. */
enum MIB_TABLE {
	PERF_TABLE = 0,
	PATH_TABLE,
	STACK_TABLE,
	APP_TABLE,
	TUNE_TABLE,
	EXTRAS_TABLE,
	__MAX_TABLE
};
#define MAX_TABLE __MAX_TABLE

/* Which variables to read: bit i of masks[t] is variable i of table t, and counts only when if_mask[t] is not 0. */
struct estats_mask {
	uint64_t masks[MAX_TABLE];
	int if_mask[MAX_TABLE];
};

/* Every variable this library knows, TOTAL_NUM_VARS of them. */
extern struct estats_var estats_var_array[];

typedef struct estats_connection estats_connection;
typedef struct estats_connection_vars estats_connection_vars;
typedef struct estats_connection_info estats_connection_info;
typedef struct estats_connection_list estats_connection_list;
typedef struct estats_connection_vars_list estats_connection_vars_list;
typedef struct estats_val_data estats_val_data;
typedef struct estats_error estats_error;
typedef struct estats_nl_client estats_nl_client;
typedef struct estats_record estats_record;
typedef struct estats_timeval estats_timeval;
typedef struct estats_val estats_val;

#define ARRAYSIZE(x) (sizeof(x) / sizeof((x)[0]))

#ifdef __cplusplus
}
#endif

#endif /* ESTATS_TYPES_H */

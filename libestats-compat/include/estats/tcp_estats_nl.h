/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* The numbers of the tcp_estats netlink family as this generation of the library used them. */
#ifndef _TCP_ESTATS_NL_H_
#define _TCP_ESTATS_NL_H_

/* Commands. */
enum nl_estats_msg_types {
	TCPE_CMD_LIST_CONNS = 0, /* every connection's addresses and cid */
	TCPE_CMD_READ_ALL = 1,   /* every connection's values */
	TCPE_CMD_READ_VARS = 2,  /* one connection's values */
	TCPE_CMD_WRITE_VAR = 3,  /* set one variable of one connection */
	TCPE_CMD_INIT = 4,       /* the names and types of the variables */
	TCPE_CMD_TIMESTAMP = 5,  /* a token for a moment in the past */
	NLE_MSG_MAX
};

/* Attributes of a message. */
enum nl_estats_attr {
	NLE_ATTR_UNSPEC = 0,
	NLE_ATTR_PERF_VALS = 1, /* nests of values; the attribute number inside is the index of the variable */
	NLE_ATTR_PATH_VALS = 2,
	NLE_ATTR_STACK_VALS = 3,
	NLE_ATTR_APP_VALS = 4,
	NLE_ATTR_TUNE_VALS = 5,
	NLE_ATTR_EXTRAS_VALS = 6,
	NLE_ATTR_PERF_MASK = 7, /* 7 to 12 were never sent: masks travel inside NLE_ATTR_MASK */
	NLE_ATTR_PATH_MASK = 8,
	NLE_ATTR_STACK_MASK = 9,
	NLE_ATTR_APP_MASK = 10,
	NLE_ATTR_TUNE_MASK = 11,
	NLE_ATTR_EXTRAS_MASK = 12,
	NLE_ATTR_MASK = 13,   /* nest: enum neattr_mask */
	NLE_ATTR_4TUPLE = 14, /* nest: enum neattr_4tuple */
	NLE_ATTR_WRITE = 15,  /* nest: enum neattr_write */
	NLE_ATTR_TIME = 16,   /* nest: enum neattr_time */
	NLE_ATTR_NUM_TABLES = 17,
	NLE_ATTR_NUM_VARS = 18,
	NLE_ATTR_PERF_VARS = 19, /* nests of NLE_ATTR_VAR */
	NLE_ATTR_PATH_VARS = 20,
	NLE_ATTR_STACK_VARS = 21,
	NLE_ATTR_APP_VARS = 22,
	NLE_ATTR_TUNE_VARS = 23,
	NLE_ATTR_EXTRAS_VARS = 24,
	NLE_ATTR_VAR = 25, /* nest: enum neattr_vars */
	NLE_ATTR_RCV_BUF_LEN = 26,
	NLE_ATTR_TIMESTAMP_DELTA = 27, /* u32, milliseconds */
	NLE_ATTR_TIMESTAMP = 28,       /* u64 */
	__NLE_ATTR_MAX
};
#define NLE_ATTR_MAX (__NLE_ATTR_MAX - 1)

/* Inside NLE_ATTR_VAR. */
enum neattr_vars {
	NEA_UNSPEC_VAR = 0,
	NEA_VAR_NAME = 1,
	NEA_VAR_TYPE = 2,
	__NEA_VAR_MAX
};
#define NEA_VAR_MAX (__NEA_VAR_MAX - 1)

/* Inside NLE_ATTR_4TUPLE. */
enum neattr_4tuple {
	NEA_UNSPEC_TUPLE = 0,
	NEA_REM_ADDR = 1,
	NEA_REM_PORT = 2,
	NEA_LOCAL_ADDR = 3,
	NEA_LOCAL_PORT = 4,
	NEA_ADDR_TYPE = 5,
	NEA_CID = 6,
	__NEA_4TUPLE_MAX
};
#define NEA_4TUPLE_MAX (__NEA_4TUPLE_MAX - 1)

/* Inside NLE_ATTR_MASK. */
enum neattr_mask {
	NEA_UNSPEC_MASK = 0,
	NEA_PERF_MASK = 1,
	NEA_PATH_MASK = 2,
	NEA_STACK_MASK = 3,
	NEA_APP_MASK = 4,
	NEA_TUNE_MASK = 5,
	NEA_EXTRAS_MASK = 6,
	__NEA_MASK_MAX
};
#define NEA_MASK_MAX (__NEA_MASK_MAX - 1)

/* Inside NLE_ATTR_WRITE. */
enum neattr_write {
	NEA_UNSPEC_WRITE = 0,
	NEA_WRITE_VAR = 1,
	NEA_WRITE_VAL = 2,
	__NEA_WRITE_MAX
};
#define NEA_WRITE_MAX (__NEA_WRITE_MAX - 1)

/* Inside NLE_ATTR_TIME. */
enum neattr_time {
	NEA_UNSPEC_TIME = 0,
	NEA_TIME_SEC = 1,
	NEA_TIME_USEC = 2,
	__NEA_TIME_MAX
};
#define NEA_TIME_MAX (__NEA_TIME_MAX - 1)

#endif /* _TCP_ESTATS_NL_H_ */

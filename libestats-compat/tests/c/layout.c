/*
 * The binary layout of every public structure. The numbers were measured on the original library's headers (the four tagged
 * releases agree), not derived from ours.
 */
#include <estats/estats.h>

#ifdef __cplusplus
#define CHECK(condition) static_assert(condition, #condition)
#else
#define CHECK(condition) _Static_assert(condition, #condition)
#endif

#define SIZE(type, size) CHECK(sizeof(struct type) == (size))
#define AT(type, member, offset) CHECK(offsetof(struct type, member) == (offset))

SIZE(estats_connection_tuple, 44);
AT(estats_connection_tuple, rem_addr, 0);
AT(estats_connection_tuple, local_addr, 16);
AT(estats_connection_tuple, rem_port, 32);
AT(estats_connection_tuple, local_port, 34);
AT(estats_connection_tuple, addr_type, 36);
AT(estats_connection_tuple, cid, 40);

SIZE(estats_connection, 64);
AT(estats_connection, list, 0);
AT(estats_connection, rem_addr, 16);
AT(estats_connection, local_addr, 32);
AT(estats_connection, rem_port, 48);
AT(estats_connection, local_port, 50);
AT(estats_connection, addr_type, 52);
AT(estats_connection, cid, 56);

SIZE(estats_connection_info, 104);
AT(estats_connection_info, list, 0);
AT(estats_connection_info, tuple, 16);
AT(estats_connection_info, cmdline, 60);
AT(estats_connection_info, pid, 76);
AT(estats_connection_info, uid, 80);
AT(estats_connection_info, ino, 88);
AT(estats_connection_info, state, 96);
AT(estats_connection_info, cid, 100);

SIZE(estats_connection_vars, 24);
AT(estats_connection_vars, list, 0);
AT(estats_connection_vars, data, 16);

SIZE(estats_connection_list, 32);
AT(estats_connection_list, connection_head, 0);
AT(estats_connection_list, connection_info_head, 16);

SIZE(estats_connection_vars_list, 32);
AT(estats_connection_vars_list, connection_vars_head, 0);
AT(estats_connection_vars_list, connection_info_head, 16);

SIZE(estats_connection_tuple_ascii, 120);
AT(estats_connection_tuple_ascii, rem_addr, 0);
AT(estats_connection_tuple_ascii, local_addr, 46);
AT(estats_connection_tuple_ascii, rem_port, 92);
AT(estats_connection_tuple_ascii, local_port, 98);
AT(estats_connection_tuple_ascii, addr_type, 104);
AT(estats_connection_tuple_ascii, cid, 109);

SIZE(estats_var, 16);
AT(estats_var, name, 0);
AT(estats_var, valtype, 8);
AT(estats_var, type, 12);

SIZE(estats_val, 16);
AT(estats_val, masked, 0);
AT(estats_val, uv64, 8);
AT(estats_val, uv32, 8);
AT(estats_val, sv32, 8);
AT(estats_val, uv16, 8);
AT(estats_val, uv8, 8);

SIZE(estats_timeval, 8);
AT(estats_timeval, sec, 0);
AT(estats_timeval, usec, 4);

SIZE(estats_val_data, 72);
AT(estats_val_data, tuple, 0);
AT(estats_val_data, tv, 44);
AT(estats_val_data, var_data, 56);
AT(estats_val_data, length, 64);
AT(estats_val_data, val, 72);

SIZE(estats_mask, 72);
AT(estats_mask, masks, 0);
AT(estats_mask, if_mask, 48);

SIZE(estats_var_data, 24);
AT(estats_var_data, num_tables, 0);
AT(estats_var_data, max_index, 8);
AT(estats_var_data, length, 16);
AT(estats_var_data, var, 24);

SIZE(estats_record, 24);
AT(estats_record, fp, 0);
AT(estats_record, swap, 8);
AT(estats_record, bufsize, 12);
AT(estats_record, nvars, 16);
AT(estats_record, mode, 20);

SIZE(list_node, 16);
AT(list_node, next, 0);
AT(list_node, prev, 8);
SIZE(list_head, 16);

/* Fixed points of the variable table. */
CHECK(PERF_INDEX_MAX == 41);
CHECK(PATH_INDEX_MAX == 26);
CHECK(STACK_INDEX_MAX == 41);
CHECK(APP_INDEX_MAX == 12);
CHECK(TUNE_INDEX_MAX == 3);
CHECK(EXTRAS_INDEX_MAX == 1);
CHECK(TOTAL_NUM_VARS == 124);
CHECK(MAX_TABLE == 6);
CHECK(STARTTIMESTAMP == 12 && SMOOTHEDRTT == 16 && CURCWND == 19 && LOSTRETRANSMITSEGS == 40);
CHECK(SAMPLERTT == 4 && STATE == 9 && RACKTIMEOUT == 40 && LIMRWIN == 1 && PRIORITY == 0);
CHECK(DEFAULT_PERF_MASK == 0x1ffffffffff && DEFAULT_TUNE_MASK == 7 && DEFAULT_EXTRAS_MASK == 1);

int main(void)
{
	/* The place of SampleRTT in the flat table. */
	return single_index(PATH_TABLE, SAMPLERTT) == 45 ? 0 : 1;
}

/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* Lists of connections, and who holds them. */
#ifndef ESTATS_CONNECTION_H
#define ESTATS_CONNECTION_H

#include <estats/types.h>

#ifdef __cplusplus
extern "C" {
#endif

/* *_new() give an empty object; *_free() release it with everything in it, set the pointer to NULL, and accept NULL. */
struct estats_error *estats_connection_list_new(struct estats_connection_list **list);
void estats_connection_list_free(struct estats_connection_list **list);
struct estats_error *estats_connection_vars_list_new(struct estats_connection_vars_list **list);
void estats_connection_vars_list_free(struct estats_connection_vars_list **list);
struct estats_error *estats_connection_vars_new(struct estats_connection_vars **vars);
void estats_connection_vars_free(struct estats_connection_vars **vars);
struct estats_error *estats_connection_info_new(struct estats_connection_info **info);
void estats_connection_info_free(struct estats_connection_info **info);

/* Writes addresses, ports and cid as text. ESTATS_ERR_ADDR_TYPE when addr_type is neither IPv4 nor IPv6. */
struct estats_error *estats_connection_tuple_as_strings(struct estats_connection_tuple_ascii *text,
							struct estats_connection_tuple *tuple);

/* Sets *differs to 0 when both tuples have the same addresses, ports and address type, whatever their cid, else to 1. */
struct estats_error *estats_connection_tuple_compare(int *differs, const struct estats_connection_tuple *a,
						     const struct estats_connection_tuple *b);

/* Appends to connection_info_head one entry for each connection of connection_head, with what /proc says about it. */
struct estats_error *estats_connection_list_add_info(struct estats_connection_list *list);

estats_error *estats_connection_info_get_cid(int *cid, const estats_connection_info *info);
estats_error *estats_connection_info_get_pid(int *pid, const estats_connection_info *info);
estats_error *estats_connection_info_get_uid(int *uid, const estats_connection_info *info);
/* The caller frees the string with free(). */
estats_error *estats_connection_info_get_cmdline(char **cmdline, const estats_connection_info *info);
estats_error *estats_connection_info_get_tuple(struct estats_connection_tuple *tuple, const estats_connection_info *info);

#ifdef __cplusplus
}
#endif

#endif /* ESTATS_CONNECTION_H */

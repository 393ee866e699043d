/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* The questions a client can ask. */
#ifndef ESTATS_GENL_H
#define ESTATS_GENL_H

#include <estats/types.h>

#ifdef __cplusplus
extern "C" {
#endif

/* A token for "ms milliseconds ago", for the *_active_since() functions. It has no other meaning. */
struct estats_error *estats_get_timestamp(uint64_t *timestamp, uint32_t ms, const estats_nl_client *client);

/* Empties the list, then fills it with all connections, or with those active since a token or within the last ms. */
struct estats_error *estats_list_conns(estats_connection_list *list, const estats_nl_client *client);
struct estats_error *estats_list_conns_active_since(estats_connection_list *list, uint64_t timestamp,
						    const estats_nl_client *client);
struct estats_error *estats_list_conns_active_within(estats_connection_list *list, uint32_t ms,
						     const estats_nl_client *client);

/* The same with values. Connections that the caller may not read are left out. */
struct estats_error *estats_list_conns_vars(estats_connection_vars_list *list, const estats_nl_client *client);
struct estats_error *estats_list_conns_vars_active_since(estats_connection_vars_list *list, uint64_t timestamp,
							 const estats_nl_client *client);
struct estats_error *estats_list_conns_vars_active_within(estats_connection_vars_list *list, uint32_t ms,
							  const estats_nl_client *client);

/* The values of one connection, as far as the client's mask asks for them. */
struct estats_error *estats_read_vars(struct estats_val_data *data, int cid, const estats_nl_client *client);

/* Sets a writable variable: LimCwnd or LimRwin, in bytes. */
struct estats_error *estats_write_var(const char *name, uint32_t value, int cid, const estats_nl_client *client);

/* Prints the list of variables on stdout. `data` is not used and may be NULL. */
struct estats_error *estats_get_mib(struct estats_val_data *data, const estats_nl_client *client);

#ifdef __cplusplus
}
#endif

#endif /* ESTATS_GENL_H */

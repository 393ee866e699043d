/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* The connection to estatsd. Threads may share one client; its calls wait for each other. */
#ifndef ESTATS_CLIENT_H
#define ESTATS_CLIENT_H

#include <estats/types.h>

#ifdef __cplusplus
extern "C" {
#endif

/* libmnl's socket object; see estats_nl_client_get_sock(). */
struct mnl_socket;

/* Connects. After ESTATS_ERR_NOLINK the client exists all the same and has to be destroyed. */
struct estats_error *estats_nl_client_init(struct estats_nl_client **client);
void estats_nl_client_destroy(struct estats_nl_client **client);

/*
 * The socket, borrowed. There is no libmnl object behind this library: *sock points to something that
 * mnl_socket_get_fd() and mnl_socket_get_portid() can read (port id 0), so that a program can poll the descriptor or set
 * a timeout on it. Exchanging messages on it, or closing it, is not possible. *sock is NULL while not connected.
 */
struct estats_error *estats_nl_client_get_sock(struct mnl_socket **sock, const estats_nl_client *client);
struct estats_error *estats_nl_client_get_fam_id(int *id, const estats_nl_client *client);
/* Copies the mask; it holds for the client's later estats_read_vars(). */
struct estats_error *estats_nl_client_set_mask(struct estats_nl_client *client, struct estats_mask *mask);

#ifdef __cplusplus
}
#endif

#endif /* ESTATS_CLIENT_H */

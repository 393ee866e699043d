/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * The C interface of libestats.so.1, as programs written for Web10G know it.
 *
 *     cc program.c $(pkg-config --cflags --libs estats)
 *
 * Functions that return `estats_error *` return NULL when they succeed. Anything else is an error object: print it with
 * estats_error_print() and give it back with estats_error_free().
 *
 * The original header also included <libmnl/libmnl.h>. This library does not use libmnl, so a program that calls mnl_*
 * functions includes that header itself; the system headers that came with it are here.
 */
#ifndef ESTATS_H
#define ESTATS_H

#include <inttypes.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/types.h>
#include <time.h>
#include <unistd.h>

#include <linux/genetlink.h>
#include <linux/netlink.h>

#include <estats/types.h>
#include <estats/connection.h>
#include <estats/data.h>
#include <estats/error.h>
#include <estats/genl.h>
#include <estats/list.h>
#include <estats/mib_var.h>
#include <estats/nl-client.h>
#include <estats/record.h>
#include <estats/tcp_estats_nl.h>
#include <estats/val.h>

#endif /* ESTATS_H */

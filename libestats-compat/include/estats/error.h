/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* Error objects. */
#ifndef ESTATS_ERROR_H
#define ESTATS_ERROR_H

#include <stdio.h>

#include <estats/types.h>

#ifdef __cplusplus
extern "C" {
#endif

/*
 * A new error. The text of `extra` is copied; `file` and `function` are kept as pointers and may be NULL; a line of -1 is
 * no line. An ESTATS_ERR_LIBC error takes its message from errno.
 */
estats_error *estats_error_new(const ESTATS_ERROR number, const char *extra, const char *file, const int line,
			       const char *function);
/* Sets *error to NULL, except for the two errors that are not allocated (out of memory, number out of range). */
void estats_error_free(estats_error **error);
/* Prints "[extra: ]message[ at file][:line][ in function name]" and a newline; nothing when error is NULL. */
void estats_error_print(FILE *stream, const estats_error *error);

/* Strings live as long as the error. */
ESTATS_ERROR estats_error_get_number(const estats_error *error);
const char *estats_error_get_message(const estats_error *error);
const char *estats_error_get_extra(const estats_error *error);
const char *estats_error_get_file(const estats_error *error);
int estats_error_get_line(const estats_error *error);
const char *estats_error_get_function(const estats_error *error);

#ifdef __cplusplus
}
#endif

#endif /* ESTATS_ERROR_H */

/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* One value as text. */
#ifndef ESTATS_VAL_H
#define ESTATS_VAL_H

#include <estats/types.h>

#ifdef __cplusplus
extern "C" {
#endif

/* The value in decimal, masked or not; the empty string for an unknown type. The caller frees it with free(). */
estats_error *estats_val_as_string(char **text, const estats_val *value, ESTATS_VAL_TYPE type);

#ifdef __cplusplus
}
#endif

#endif /* ESTATS_VAL_H */

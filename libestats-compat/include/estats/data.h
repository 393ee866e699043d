/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* The values of one connection. */
#ifndef ESTATS_DATA_H
#define ESTATS_DATA_H

#include <estats/types.h>

#ifdef __cplusplus
extern "C" {
#endif

/* A zeroed object with room for TOTAL_NUM_VARS values. */
struct estats_error *estats_val_data_new(struct estats_val_data **data);
void estats_val_data_free(struct estats_val_data **data);

/*
 * Sets each value of delta to newer - older, in the width of the variable. A value that is masked in either becomes masked;
 * a masked value of delta is never unmasked.
 */
struct estats_error *estats_val_data_delta(struct estats_val_data *delta, const struct estats_val_data *newer,
					   const struct estats_val_data *older);

#ifdef __cplusplus
}
#endif

#endif /* ESTATS_DATA_H */

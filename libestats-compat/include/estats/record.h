/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* Files of recorded values. The format stores no names: reader and writer must know the same variables. */
#ifndef ESTATS_RECORD_H
#define ESTATS_RECORD_H

#include <estats/types.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Mode "r" verifies the file's checksum first; mode "w" replaces the file. */
estats_error *estats_record_open(estats_record **record, const char *path, const char *mode);
/* Completes a written file with its checksum. */
void estats_record_close(estats_record **record);
/* A new object with the next record; ESTATS_ERR_EOF and NULL after the last. The format does not store the cid. */
estats_error *estats_record_read_data(estats_val_data **data, estats_record *record);
estats_error *estats_record_write_data(estats_record *record, estats_val_data *data);

#ifdef __cplusplus
}
#endif

#endif /* ESTATS_RECORD_H */

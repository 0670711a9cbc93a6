/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Small text files as a whole. */
#ifndef OVPP_FILE_H
#define OVPP_FILE_H

#include <stddef.h>

/**
 * ovpp_file_read() - read a text file
 * @path: file
 * @max: greatest size that is taken
 * @text: set to its content with a NUL behind it, to be freed
 * @size: set to its size without that NUL
 *
 * Return: 0; -EFBIG; or another -errno.
 */
int ovpp_file_read(const char *path, size_t max, char **text, size_t *size);

/* The path of a file of this name in the folder of another one. */
void ovpp_file_beside(const char *path, const char *name, char *out, size_t size);

#endif /* OVPP_FILE_H */

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Where in an object something is: "message[2].signal[0].length". */
#ifndef OVPP_PATH_H
#define OVPP_PATH_H

#include <stdbool.h>
#include <stddef.h>

/**
 * struct ovpp_path - one step, on the stack of who walks there
 * @up: the step before, or NULL
 * @name: key
 * @index: which of several; meaningful with @indexed
 * @indexed: the key holds an array
 */
struct ovpp_path {
	const struct ovpp_path *up;
	const char *name;
	size_t index;
	bool indexed;
};

/* Append the path to the text in @buf; what does not fit is cut off. */
void ovpp_path_append(const struct ovpp_path *path, char *buf, size_t size);

/* Append formatted text likewise. */
void ovpp_text_append(char *buf, size_t size, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

#endif /* OVPP_PATH_H */

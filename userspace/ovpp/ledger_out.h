/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A file that is complete and on the disk, or that is not there. */
#ifndef OVPP_LEDGER_OUT_H
#define OVPP_LEDGER_OUT_H

#include <stddef.h>

/**
 * struct ledger_out - a file in the making
 * @path: its name when it is complete
 * @draft: its name until then
 * @fd: open
 */
struct ledger_out {
	const char *path;
	char *draft;
	int fd;
};

/* 0 or -errno. */
int ledger_out_open(struct ledger_out *out, const char *path);

/* An ovpp_sink; @out is a struct ledger_out. */
int ledger_out_write(void *out, const void *data, size_t size);

/* Puts the file under its name; after an error @err it goes. Returns @err or -errno. */
int ledger_out_close(struct ledger_out *out, int err);

#endif /* OVPP_LEDGER_OUT_H */

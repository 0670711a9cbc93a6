/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What programs did to the files of a folder, in the order in which they did it:
 * written by record.c, read by replay.c. A file is a sequence of operations, each
 * followed by its name, its second name and its data.
 */
#ifndef CRASH_TRACE_H
#define CRASH_TRACE_H

#include <stddef.h>
#include <stdint.h>

/**
 * enum trace_type - an operation
 * @TRACE_NAME: the file @ino has the name @name now
 * @TRACE_MKDIR: the folder @ino has the name @name now
 * @TRACE_RENAME: from @name to @to
 * @TRACE_UNLINK: the name @name is gone
 * @TRACE_WRITE: @data at @offset of @ino
 * @TRACE_SIZE: the size of @ino is @offset
 * @TRACE_SYNC: @ino is on the disk when this has returned; a folder: its names
 * @TRACE_MARK: not an operation: what the program says that it has done, a line
 *
 * Names are relative to the folder.
 */
enum trace_type {
	TRACE_NAME = 1,
	TRACE_MKDIR,
	TRACE_RENAME,
	TRACE_UNLINK,
	TRACE_WRITE,
	TRACE_SIZE,
	TRACE_SYNC,
	TRACE_MARK,
};

/* As it is in the file. */
struct trace_head {
	uint32_t type;
	uint32_t name_size;
	uint32_t to_size;
	uint32_t pad;
	uint64_t ino;
	uint64_t offset;
	uint64_t size;
};

/**
 * struct trace_op - an operation that was read
 * @type: enum trace_type
 * @name: name, of @TRACE_WRITE and others the one that the file had then
 * @to: second name
 * @ino: file
 * @offset: see enum trace_type
 * @data: bytes
 * @size: their number
 */
struct trace_op {
	enum trace_type type;
	char *name;
	char *to;
	uint64_t ino;
	uint64_t offset;
	uint8_t *data;
	size_t size;
};

struct trace {
	struct trace_op *op;
	size_t n;
};

/* 0 or -errno; -EBADMSG: it ends within an operation. */
int trace_read(const char *path, struct trace *out);
void trace_free(struct trace *t);

#endif /* CRASH_TRACE_H */

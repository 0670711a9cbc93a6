/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A disk with a cache: what is on it for sure, what was written and not synced, and
 * what a power cut may leave of that.
 *
 * The rules are POSIX's, with sectors of 512 bytes that are written whole or not at
 * all. Of what was not synced each sector may be on the disk as it was after any
 * write to it; the size of a file goes its own way, and where it was first, there are
 * zeros or bytes of something else. It is one number: a file is made shorter as a
 * whole. Names are of their folder: a file that was synced has none before its folder
 * was synced too. A rename happens or does not.
 */
#ifndef CRASH_DISK_H
#define CRASH_DISK_H

#include <stdbool.h>

#include "trace.h"

#define DISK_SECTOR 512
#define DISK_FILES_MAX 64
#define DISK_NAMES_MAX 64

/**
 * struct disk_file - a file
 * @ino: number
 * @is_dir: a folder: it has no data
 * @data: on the disk for sure
 * @size: of @data
 * @hash: of @data
 * @hash_known: @hash is right
 * @op: writes since then
 * @n: their number
 */
struct disk_file {
	uint64_t ino;
	bool is_dir;
	uint8_t *data;
	size_t size;
	uint64_t hash;
	bool hash_known;
	const struct trace_op **op;
	size_t n;
};

struct disk_name {
	const char *name;
	uint64_t ino;
};

struct disk_names {
	struct disk_name name[DISK_NAMES_MAX];
	size_t n;
};

/**
 * struct disk - the disk
 * @file: all files that there ever were
 * @n_files: their number
 * @names: on the disk for sure
 * @op: changes of names since then
 * @n: their number
 * @last: the newest write that was not synced, NULL if there is none
 */
struct disk {
	struct disk_file file[DISK_FILES_MAX];
	size_t n_files;
	struct disk_names names;
	const struct trace_op **op;
	size_t n;
	const struct trace_op *last;
};

enum disk_share {
	DISK_NONE,
	DISK_ALL,
	DISK_SOME,
	DISK_FIRST,
};

/**
 * struct disk_cut - what a power cut leaves of what was not synced
 * @names: changes of names: none, all, some, the first ones
 * @data: writes: none, all, some
 * @sizes: changes of sizes: none, all, the first ones
 * @unit: bytes of a write that stay or go together; 0: all of it
 * @noise: what was never written is not zero
 * @last_only: of the data nothing but the newest write, or, with DISK_ALL, all but it
 * @tear: the newest write is torn after so many sectors; 0: it is not. Negative: its
 *	end is there and its beginning is not
 * @seed: of the rest
 */
struct disk_cut {
	enum disk_share names;
	enum disk_share data;
	enum disk_share sizes;
	unsigned int unit;
	bool noise;
	bool last_only;
	int tear;
	uint64_t seed;
};

/**
 * struct disk_image - what is there when the power is back
 * @names: names
 * @data: contents, in the order of @names; NULL for folders
 * @size: sizes
 * @hash: of all of it
 */
struct disk_image {
	struct disk_names names;
	uint8_t *data[DISK_NAMES_MAX];
	size_t size[DISK_NAMES_MAX];
	uint64_t hash;
};

/* An operation happens. @deaf: a sync changes nothing. 0 or -errno. */
int disk_apply(struct disk *d, const struct trace_op *op, bool deaf);
void disk_free(struct disk *d);

/* 0 or -errno; @image is to be freed with disk_image_free(). */
int disk_cut(struct disk *d, const struct disk_cut *cut, struct disk_image *image);
void disk_image_free(struct disk_image *image);

/* Writes it into the empty folder @dir. 0 or -errno. */
int disk_image_write(const struct disk_image *image, const char *dir);

/* Pseudo-random bits of a seed and a number. */
uint64_t disk_mix(uint64_t seed, uint64_t x);

#endif /* CRASH_DISK_H */

// SPDX-License-Identifier: GPL-2.0-or-later
#include "disk.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* splitmix64 */
uint64_t disk_mix(uint64_t seed, uint64_t x)
{
	x = (x + 1) * 0x9e3779b97f4a7c15 + seed;
	x = (x ^ x >> 30) * 0xbf58476d1ce4e5b9;
	x = (x ^ x >> 27) * 0x94d049bb133111eb;
	return x ^ x >> 31;
}

static uint64_t hash_bytes(uint64_t hash, const void *data, size_t size)
{
	const uint8_t *at = data;
	uint64_t word;

	for (; size >= sizeof(word); size -= sizeof(word), at += sizeof(word)) {
		memcpy(&word, at, sizeof(word));
		hash = (hash ^ word) * 0x9fb21c651e98df25;
		hash ^= hash >> 32;
	}
	word = 0;
	if (size)
		memcpy(&word, at, size);
	return disk_mix(hash, word ^ (uint64_t)size << 56);
}

/* ---- names ---- */

static struct disk_name *find_name(struct disk_names *names, const char *name)
{
	for (size_t i = 0; i < names->n; i++)
		if (!strcmp(names->name[i].name, name))
			return &names->name[i];
	return NULL;
}

static int set_name(struct disk_names *names, const char *name, uint64_t ino)
{
	struct disk_name *old = find_name(names, name);

	if (old) {
		old->ino = ino;
		return 0;
	}
	if (names->n == DISK_NAMES_MAX)
		return -ENOSPC;
	names->name[names->n++] = (struct disk_name){name, ino};
	return 0;
}

static void drop_name(struct disk_names *names, const char *name)
{
	struct disk_name *old = find_name(names, name);

	if (old)
		*old = names->name[--names->n];
}

/* A change whose precondition is not there, since it depends on one that is lost. */
static int change_names(struct disk_names *names, const struct trace_op *op)
{
	struct disk_name *old;
	uint64_t ino;

	switch (op->type) {
	case TRACE_NAME:
	case TRACE_MKDIR:
		return set_name(names, op->name, op->ino);
	case TRACE_UNLINK:
		drop_name(names, op->name);
		return 0;
	default:
		old = find_name(names, op->name);
		if (!old)
			return 0;
		ino = old->ino;
		drop_name(names, op->name);
		return set_name(names, op->to, ino);
	}
}

/* Is @name directly in the folder @dir, "" being the outermost one? */
static bool is_in(const char *name, const char *dir)
{
	const char *slash = strrchr(name, '/');
	size_t n = slash ? (size_t)(slash - name) : 0;

	return strlen(dir) == n && !strncmp(name, dir, n);
}

static int sync_names(struct disk *d, const char *dir)
{
	size_t left = 0;
	int ret = 0;

	for (size_t i = 0; i < d->n && !ret; i++) {
		const struct trace_op *op = d->op[i];

		if (is_in(op->name, dir) || (*op->to && is_in(op->to, dir)))
			ret = change_names(&d->names, op);
		else
			d->op[left++] = op;
	}
	d->n = left;
	return ret;
}

/* ---- data ---- */

static struct disk_file *find_file(struct disk *d, uint64_t ino)
{
	for (size_t i = 0; i < d->n_files; i++)
		if (d->file[i].ino == ino)
			return &d->file[i];
	return NULL;
}

static struct disk_file *add_file(struct disk *d, uint64_t ino, bool is_dir)
{
	struct disk_file *f = find_file(d, ino);

	if (f)
		return f;
	if (d->n_files == DISK_FILES_MAX)
		return NULL;
	f = &d->file[d->n_files++];
	*f = (struct disk_file){.ino = ino, .is_dir = is_dir};
	return f;
}

static int append(const struct trace_op ***list, size_t *n, const struct trace_op *op)
{
	const struct trace_op **more;

	/* Powers of two only, so that there is room up to the next one. */
	if (!(*n & (*n - 1))) {
		more = realloc(*list, (*n ? 2 * *n : 1) * sizeof(*more));
		if (!more)
			return -ENOMEM;
		*list = more;
	}
	(*list)[(*n)++] = op;
	return 0;
}

static size_t size_after(size_t size, const struct trace_op *op)
{
	size_t end = op->offset + op->size;

	return op->type == TRACE_SIZE ? op->offset : end > size ? end : size;
}

/* The largest size that a file had since its last sync. */
static size_t size_most(const struct disk_file *f)
{
	size_t size = f->size, most = size;

	for (size_t i = 0; i < f->n; i++) {
		size = size_after(size, f->op[i]);
		most = size > most ? size : most;
	}
	return most;
}

/* The bytes of @op that lie between @from and @to. */
static void write_part(uint8_t *data, const struct trace_op *op, size_t from, size_t to)
{
	size_t end = op->type == TRACE_SIZE ? to : op->offset + op->size;

	from = from > op->offset ? from : op->offset;
	to = to < end ? to : end;
	if (from >= to)
		return;
	if (op->type == TRACE_SIZE)
		memset(data + from, 0, to - from);
	else
		memcpy(data + from, op->data + (from - op->offset), to - from);
}

static int sync_file(struct disk *d, struct disk_file *f)
{
	size_t most = size_most(f);
	uint8_t *data = realloc(f->data, most + 1);

	if (!data)
		return -ENOMEM;
	f->data = data;
	memset(data + f->size, 0, most - f->size);
	for (size_t i = 0; i < f->n; i++) {
		write_part(data, f->op[i], 0, most);
		f->size = size_after(f->size, f->op[i]);
		if (f->op[i] == d->last)
			d->last = NULL;
	}
	f->n = 0;
	f->hash_known = false;
	return 0;
}

static int apply_sync(struct disk *d, const struct trace_op *op)
{
	struct disk_file *f = find_file(d, op->ino);

	/* The outermost folder was there before. */
	if (!f || f->is_dir)
		return sync_names(d, op->name);
	return sync_file(d, f);
}

int disk_apply(struct disk *d, const struct trace_op *op, bool deaf)
{
	struct disk_file *f;

	switch (op->type) {
	case TRACE_NAME:
	case TRACE_MKDIR:
		if (!add_file(d, op->ino, op->type == TRACE_MKDIR))
			return -ENOSPC;
		/* fall through */
	case TRACE_RENAME:
	case TRACE_UNLINK:
		return append(&d->op, &d->n, op);
	case TRACE_WRITE:
	case TRACE_SIZE:
		f = add_file(d, op->ino, false);
		if (!f)
			return -ENOSPC;
		d->last = op;
		return append(&f->op, &f->n, op);
	case TRACE_SYNC:
		return deaf ? 0 : apply_sync(d, op);
	default:
		return 0;
	}
}

void disk_free(struct disk *d)
{
	for (size_t i = 0; i < d->n_files; i++) {
		free(d->file[i].data);
		free(d->file[i].op);
	}
	free(d->op);
	*d = (struct disk){0};
}

/* ---- cuts ---- */

/* One of @n, by the seed. */
static uint64_t pick(const struct disk_cut *cut, uint64_t x, uint64_t n)
{
	return disk_mix(cut->seed, x) % n;
}

static int cut_names(const struct disk *d, const struct disk_cut *cut, struct disk_names *names)
{
	size_t n = cut->names == DISK_NONE    ? 0
		   : cut->names == DISK_FIRST ? pick(cut, 1, d->n + 1)
					      : d->n;
	int ret = 0;

	*names = d->names;
	for (size_t i = 0; i < n && !ret; i++)
		if (cut->names != DISK_SOME || pick(cut, 100 + i, 2))
			ret = change_names(names, d->op[i]);
	return ret;
}

/* Did this sector come to the disk as it was after the write @i of @f? */
static bool flushed(const struct disk *d, const struct disk_file *f, const struct disk_cut *cut,
		    size_t i, size_t sector)
{
	/* In 8ths: how much of this file came to the disk. */
	static const uint8_t share[] = {0, 1, 4, 7, 8};
	const struct trace_op *op = f->op[i];
	size_t unit = cut->unit ? sector * DISK_SECTOR / cut->unit : 0;

	if (op == d->last && cut->tear) {
		size_t first = op->offset / DISK_SECTOR;

		return cut->tear > 0 ? sector < first + (size_t)cut->tear
				     : sector >= first + (size_t)-cut->tear;
	}
	if (cut->last_only)
		return (op == d->last) != (cut->data == DISK_ALL);
	if (cut->data != DISK_SOME)
		return cut->data == DISK_ALL;
	return pick(cut, disk_mix(f->ino, i) + unit, 8) < share[pick(cut, f->ino, sizeof(share))];
}

/* How many operations had their say in what the size of the file is on the disk. */
static size_t cut_sizes(const struct disk_file *f, const struct disk_cut *cut)
{
	if (cut->sizes == DISK_NONE)
		return 0;
	return cut->sizes == DISK_ALL ? f->n : pick(cut, f->ino + 7, f->n + 1);
}

static void fill(const struct disk_cut *cut, uint8_t *data, size_t size)
{
	for (size_t i = 0; i < size; i++)
		data[i] = cut->noise ? (uint8_t)disk_mix(cut->seed, i / 64) : 0;
}

/*
 * A sector is as it was after the last write that it came to the disk with. A file that
 * was made shorter is so as a whole, when the size says so.
 */
static void cut_sector(const struct disk *d, const struct disk_file *f, const struct disk_cut *cut,
		       size_t sector, uint8_t *data, size_t most)
{
	size_t from = sector * DISK_SECTOR, to = from + DISK_SECTOR;
	size_t writes = f->n, sizes = cut_sizes(f, cut);

	to = to < most ? to : most;
	while (writes &&
	       (f->op[writes - 1]->type == TRACE_SIZE || !flushed(d, f, cut, writes - 1, sector)))
		writes--;
	for (size_t i = 0; i < f->n; i++)
		if (i < (f->op[i]->type == TRACE_SIZE ? sizes : writes))
			write_part(data, f->op[i], from, to);
}

/* Sectors that something was done to since the last sync. */
static void mark_touched(const struct disk_file *f, size_t most, uint8_t *touched)
{
	for (size_t i = 0; i < f->n; i++) {
		const struct trace_op *op = f->op[i];
		size_t end = op->type == TRACE_SIZE ? most : op->offset + op->size;

		for (size_t s = op->offset / DISK_SECTOR; s * DISK_SECTOR < end; s++)
			touched[s] = 1;
	}
}

static uint8_t *cut_file(const struct disk *d, const struct disk_file *f,
			 const struct disk_cut *cut, size_t *size)
{
	size_t most = size_most(f), sizes = cut_sizes(f, cut);
	uint8_t *data = malloc(most + 1), *touched = calloc(1, most / DISK_SECTOR + 1);

	if (!data || !touched) {
		free(data);
		free(touched);
		return NULL;
	}
	if (f->size)
		memcpy(data, f->data, f->size);
	fill(cut, data + f->size, most - f->size);
	mark_touched(f, most, touched);
	for (size_t s = 0; s * DISK_SECTOR < most; s++)
		if (touched[s])
			cut_sector(d, f, cut, s, data, most);
	free(touched);
	*size = f->size;
	for (size_t i = 0; i < sizes; i++)
		*size = size_after(*size, f->op[i]);
	return data;
}

static uint64_t file_hash(struct disk_file *f, const uint8_t *data, size_t size)
{
	if (f->n)
		return hash_bytes(size, data, size);
	if (!f->hash_known)
		f->hash = hash_bytes(f->size, f->data, f->size);
	f->hash_known = true;
	return f->hash;
}

int disk_cut(struct disk *d, const struct disk_cut *cut, struct disk_image *image)
{
	int ret;

	*image = (struct disk_image){0};
	ret = cut_names(d, cut, &image->names);
	for (size_t i = 0; i < image->names.n && !ret; i++) {
		const struct disk_name *name = &image->names.name[i];
		struct disk_file *f = find_file(d, name->ino);
		uint64_t hash = hash_bytes(0, name->name, strlen(name->name));

		if (!f->is_dir) {
			image->data[i] = cut_file(d, f, cut, &image->size[i]);
			ret = image->data[i] ? 0 : -ENOMEM;
		}
		if (!ret && !f->is_dir)
			hash = disk_mix(hash, file_hash(f, image->data[i], image->size[i]));
		/* A sum, since names have no order. */
		image->hash += hash;
	}
	if (ret)
		disk_image_free(image);
	return ret;
}

void disk_image_free(struct disk_image *image)
{
	for (size_t i = 0; i < image->names.n; i++)
		free(image->data[i]);
	*image = (struct disk_image){0};
}

/* Folders are there when one of their files is, and are made with it. */
static int make_parents(char *path, size_t from)
{
	for (char *p = path + from; (p = strchr(p, '/')); p++) {
		*p = '\0';
		if (mkdir(path, 0700) && errno != EEXIST)
			return -errno;
		*p = '/';
	}
	return 0;
}

static int write_file(const char *path, const uint8_t *data, size_t size)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	int ret = 0;

	if (fd < 0)
		return -errno;
	for (size_t done = 0; done < size && !ret;) {
		ssize_t n = write(fd, data + done, size - done);

		if (n < 0)
			ret = -errno;
		else
			done += (size_t)n;
	}
	close(fd);
	return ret;
}

/* Is the folder of this name there? Without it the name is nowhere. */
static bool is_reachable(const struct disk_image *image, const char *name)
{
	const char *slash = strrchr(name, '/');
	size_t n = slash ? (size_t)(slash - name) : 0;

	for (size_t i = 0; i < image->names.n; i++)
		if (!strncmp(image->names.name[i].name, name, n) && !image->names.name[i].name[n])
			return true;
	return !n;
}

int disk_image_write(const struct disk_image *image, const char *dir)
{
	char path[PATH_MAX];
	int ret = 0;

	for (size_t i = 0; i < image->names.n && !ret; i++) {
		const char *name = image->names.name[i].name;

		if (!is_reachable(image, name))
			continue;
		snprintf(path, sizeof(path), "%s/%s%s", dir, name, image->data[i] ? "" : "/");
		ret = make_parents(path, strlen(dir) + 1);
		if (!ret && image->data[i])
			ret = write_file(path, image->data[i], image->size[i]);
	}
	return ret;
}

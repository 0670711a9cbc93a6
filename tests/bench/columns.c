// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What records cost in columns: bytes against zstd -19 over the same integers, time
 * against their hashing. tests/bench/columns.sh makes a report of it.
 *
 *	columns day SECONDS BATCH	of day.h, from noon on
 *	columns file FILE BATCH		of struct ovpp_record, in this order
 *	columns zstd FILE		what zstd -19 makes of a file, in bytes
 *
 * BATCH is the number of records that are packed at once. The peer of a day has all
 * records in one frame: each integer of each type of record but seq, pads included, is
 * a column, its numbers behind each other, as 8 bytes each or as many as the field
 * has, in the order of records or those of each DER together. The best of the four
 * counts. Each prints lines "KEY VALUE".
 */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <zstd.h>

#include "columns.h"
#include "day.h"
#include "evidence.h"
#include "leaf.h"
#include "merkle.h"

#define TYPES 5
#define ROUNDS 5

/**
 * struct set - records
 * @rec: records
 * @n: how many
 */
struct set {
	struct ovpp_record *rec;
	size_t n;
};

static void die(const char *what)
{
	perror(what);
	exit(1);
}

static void *room(size_t size)
{
	void *p = malloc(size);

	if (!p)
		die("malloc");
	return p;
}

static double now_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (double)t.tv_sec * 1e9 + (double)t.tv_nsec;
}

/* ---- the peer ---- */

static int by_series(const void *a, const void *b)
{
	const struct ovpp_record *x = *(const struct ovpp_record *const *)a;
	const struct ovpp_record *y = *(const struct ovpp_record *const *)b;

	if (x->der != y->der)
		return x->der < y->der ? -1 : 1;
	return x < y ? -1 : x > y;
}

/* Records of a type; the last type is all that have none of the names. */
static size_t of_type(const struct set *s, unsigned int type, const struct ovpp_record **out)
{
	size_t n = 0;

	for (size_t i = 0; i < s->n; i++)
		if (s->rec[i].type == type || (type == TYPES && s->rec[i].type > TYPES))
			out[n++] = &s->rec[i];
	return n;
}

static size_t peer_columns(const struct set *s, bool wide, bool series, uint8_t *out)
{
	const struct ovpp_record **rec = room(s->n * sizeof(*rec));
	const struct ovpp_leaf_field *field;
	size_t size = 0, fields;

	for (unsigned int type = 1; type <= TYPES; type++) {
		size_t n = of_type(s, type, rec);

		if (series)
			qsort(rec, n, sizeof(*rec), by_series);
		field = ovpp_leaf_fields((uint16_t)type, &fields);
		for (size_t f = 1; f < fields; f++) {
			for (size_t i = 0; i < n; i++) {
				int64_t v = ovpp_leaf_get(rec[i], &field[f]);
				size_t bytes = wide ? sizeof(v) : field[f].size;

				memcpy(out + size, &v, bytes);
				size += bytes;
			}
		}
	}
	free(rec);
	return size;
}

static size_t zstd_19(const void *data, size_t size)
{
	uint8_t *out = room(ZSTD_compressBound(size));
	size_t packed = ZSTD_compress(out, ZSTD_compressBound(size), data, size, 19);

	if (ZSTD_isError(packed))
		die("zstd");
	free(out);
	return packed;
}

static void peer(const struct set *s)
{
	uint8_t *in = room(s->n * OVPP_LEAF_FIELDS_MAX * 8);
	size_t best = SIZE_MAX;

	for (int how = 0; how < 4; how++) {
		size_t size = zstd_19(in, peer_columns(s, how & 1, how & 2, in));

		if (size < best)
			best = size;
	}
	printf("peer %.3f\n", (double)best / (double)s->n);
	free(in);
}

/* ---- the columns ---- */

/**
 * struct result - sums over all batches
 * @bytes: packed
 * @pack_ns: processor time
 * @unpack_ns: likewise
 * @hash_ns: leaf, salt and the three hashes of each record
 * @zstd_ns: zstd -3 of the records as they are
 */
struct result {
	size_t bytes;
	double pack_ns;
	double unpack_ns;
	double hash_ns;
	double zstd_ns;
};

static void hash(const struct ovpp_record *rec, size_t n)
{
	const uint8_t seed[OVPP_SEED_SIZE] = {0};
	uint8_t entry[OVPP_ENTRY_SIZE];
	struct ovpp_merkle tree = {0};
	ovpp_hash leaf;

	for (size_t i = 0; i < n; i++) {
		ovpp_entry(seed, &rec[i], entry);
		ovpp_entry_hash(entry, leaf);
		ovpp_merkle_append(&tree, leaf, NULL);
	}
	ovpp_merkle_root(&tree, leaf);
}

static void batch(struct ovpp_columns *c, ZSTD_CCtx *zstd, const struct ovpp_record *rec, size_t n,
		  struct result *r)
{
	static struct ovpp_record back[OVPP_BATCH_RECORDS];
	static uint8_t out[ZSTD_COMPRESSBOUND(sizeof(back))];
	const uint8_t *data;
	size_t size, m;
	double t[5];

	t[0] = now_ns();
	if (ovpp_columns_pack(c, rec, n, &data, &size))
		die("pack");
	t[1] = now_ns();
	if (ovpp_columns_unpack(c, data, size, back, &m))
		die("unpack");
	t[2] = now_ns();
	if (m != n || memcmp(back, rec, n * sizeof(*rec)))
		die("other records came back");
	t[3] = now_ns();
	hash(rec, n);
	t[4] = now_ns();
	ZSTD_compressCCtx(zstd, out, sizeof(out), rec, n * sizeof(*rec), 3);
	r->zstd_ns += now_ns() - t[4];
	r->bytes += size;
	r->pack_ns += t[1] - t[0];
	r->unpack_ns += t[2] - t[1];
	r->hash_ns += t[4] - t[3];
}

static struct result all(const struct set *s, size_t records)
{
	struct ovpp_columns *c = ovpp_columns_new();
	ZSTD_CCtx *zstd = ZSTD_createCCtx();
	struct result r = {0};

	if (!c || !zstd)
		die("columns");
	for (size_t i = 0; i < s->n; i += records)
		batch(c, zstd, s->rec + i, s->n - i < records ? s->n - i : records, &r);
	ovpp_columns_free(c);
	ZSTD_freeCCtx(zstd);
	return r;
}

/* The best of some rounds: others work on this machine too. */
static void measure(const struct set *s, size_t records)
{
	struct result best = all(s, records);
	double n = (double)s->n;

	for (int i = 1; i < ROUNDS; i++) {
		struct result r = all(s, records);

		best.pack_ns = fmin(best.pack_ns, r.pack_ns);
		best.unpack_ns = fmin(best.unpack_ns, r.unpack_ns);
		best.hash_ns = fmin(best.hash_ns, r.hash_ns);
		best.zstd_ns = fmin(best.zstd_ns, r.zstd_ns);
	}
	printf("records %zu\nbytes %.3f\n", s->n, (double)best.bytes / n);
	printf("pack_ns %.1f\nunpack_ns %.1f\nhash_ns %.1f\nzstd_ns %.1f\n", best.pack_ns / n,
	       best.unpack_ns / n, best.hash_ns / n, best.zstd_ns / n);
}

static struct set of_day(size_t seconds)
{
	struct set s = {room(seconds * DAY_RECORDS * sizeof(*s.rec)), seconds * DAY_RECORDS};
	struct ovpp_record skipped[DAY_RECORDS];
	struct day d;

	day_init(&d);
	for (size_t i = 0; i < DAY_SECONDS / 2; i++)
		day_next(&d, skipped);
	for (size_t i = 0; i < seconds; i++)
		day_next(&d, s.rec + i * DAY_RECORDS);
	return s;
}

/* A whole file. */
static void *load(const char *path, size_t *size)
{
	FILE *f = fopen(path, "rb");
	long end;
	void *data;

	if (!f || fseek(f, 0, SEEK_END) || (end = ftell(f)) <= 0 || fseek(f, 0, SEEK_SET))
		die(path);
	*size = (size_t)end;
	data = room(*size);
	if (fread(data, *size, 1, f) != 1)
		die(path);
	fclose(f);
	return data;
}

static int usage(void)
{
	fputs("usage: columns day SECONDS BATCH | file FILE BATCH | zstd FILE\n", stderr);
	return 2;
}

int main(int argc, char **argv)
{
	size_t records = argc == 4 ? strtoul(argv[3], NULL, 10) : 0, size;
	struct set s;
	void *data;

	if (argc == 3 && !strcmp(argv[1], "zstd")) {
		data = load(argv[2], &size);
		printf("bytes %zu\n", zstd_19(data, size));
		free(data);
		return 0;
	}
	if (!records || records > OVPP_BATCH_RECORDS)
		return usage();
	if (!strcmp(argv[1], "day")) {
		s = of_day(strtoul(argv[2], NULL, 10));
	} else {
		s.rec = load(argv[2], &size);
		s.n = size / sizeof(*s.rec);
	}
	measure(&s, records);
	if (!strcmp(argv[1], "day"))
		peer(&s);
	free(s.rec);
	return 0;
}

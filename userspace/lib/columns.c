// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A batch as bytes: a version, one zstd frame, and the packed bits of all columns.
 * The frame holds numbers (varints), in this order:
 *
 *	records; first seq; breaks of seq; order of the series
 *	the first record of each series, all their first bytes, all their second...
 *	which fields change, of each group
 *	columns, field by field, of all groups that have it
 *
 * A group is a series, or several short ones of the same type beside each other, since
 * a column costs some bytes however short it is. Times are near each other rather than
 * near anything else: real_ns is kept as its distance from mono_ns, and mono_ns, if
 * that is cheaper, as its distance from the record before, whose series it may be or not.
 */
#include "columns.h"

#include <errno.h>
#include <stdlib.h>
#include <zstd.h>

#include "columns_code.h"
#include "columns_series.h"
#include "leaf.h"

#define VERSION 1
#define ZSTD_LEVEL 1

/* Series with fewer other records than this are grouped. */
#define SHORT 16

/* Times, in records of all types: number of the field, and of the word of 8 bytes. */
#define MONO 1
#define REAL 2
#define WORDS (OVPP_LEAF_SIZE / 8)
/* Not columns: seq, type and der. */
#define KEYS (1U << 0 | 1U << 3 | 1U << 6)

/*
 * The frame before it is compressed: columns of one number are the worst. Each record
 * may also break seq and the order of series, and be the first of one.
 */
#define BYTES_ROOM \
	(OVPP_BATCH_RECORDS * (32 + OVPP_LEAF_SIZE + OVPP_LEAF_FIELDS_MAX * OVPP_COLUMN_ROOM(1)))
#define BITS_ROOM (OVPP_BATCH_RECORDS * OVPP_LEAF_FIELDS_MAX * 8 + OVPP_BITS_SLACK)

/**
 * struct group - series whose columns are one
 * @series: first of them
 * @end: after the last
 * @at: their other records, in struct ovpp_series_set.other
 * @n: how many
 * @changed: fields that are not the same in all records of a series, by number; MONO:
 *	kept as the distance from the record before
 * @field: fields
 * @fields: their number
 */
struct group {
	size_t series;
	size_t end;
	size_t at;
	size_t n;
	uint32_t changed;
	const struct ovpp_leaf_field *field;
	size_t fields;
};

/**
 * struct ovpp_columns - working memory
 * @compress: zstd's
 * @decompress: likewise
 * @set: series of the batch
 * @column: a column's
 * @group: groups
 * @groups: their number
 * @first: first record of each series; packing: as it is stored
 * @x: numbers of a column
 * @bytes: what is in the frame
 * @bits: what is behind it
 * @out: what ovpp_columns_pack() gives
 */
struct ovpp_columns {
	ZSTD_CCtx *compress;
	ZSTD_DCtx *decompress;
	struct ovpp_series_set set;
	struct ovpp_column column;
	struct group group[OVPP_BATCH_RECORDS];
	size_t groups;
	struct ovpp_record first[OVPP_BATCH_RECORDS];
	uint64_t x[OVPP_BATCH_RECORDS];
	uint8_t bytes[BYTES_ROOM];
	uint8_t bits[BITS_ROOM];
	uint8_t out[1 + ZSTD_COMPRESSBOUND(BYTES_ROOM) + BITS_ROOM];
};

void ovpp_columns_free(struct ovpp_columns *c)
{
	if (!c)
		return;
	ZSTD_freeCCtx(c->compress);
	ZSTD_freeDCtx(c->decompress);
	free(c);
}

struct ovpp_columns *ovpp_columns_new(void)
{
	/* Most of it is never touched: the bounds are those of records of pure noise. */
	struct ovpp_columns *c = calloc(1, sizeof(*c));

	if (!c)
		return NULL;
	c->compress = ZSTD_createCCtx();
	c->decompress = ZSTD_createDCtx();
	if (!c->compress || !c->decompress ||
	    ZSTD_isError(
		    ZSTD_CCtx_setParameter(c->compress, ZSTD_c_compressionLevel, ZSTD_LEVEL))) {
		ovpp_columns_free(c);
		return NULL;
	}
	return c;
}

/* ---- both ways ---- */

/* The group that begins with the series @s. Return: the series after it. */
static size_t group_take(const struct ovpp_columns *c, size_t s, struct group *g)
{
	const struct ovpp_series *series = c->set.series;
	uint16_t type = c->first[s].type;

	*g = (struct group){.series = s, .at = series[s].at};
	do {
		g->n += series[s].n - 1U;
		s++;
	} while (g->n < SHORT && s < c->set.n && series[s].n <= SHORT && c->first[s].type == type);
	g->end = s;
	g->field = ovpp_leaf_fields(type, &g->fields);
	return s;
}

/* All of them; one without other records than the first ones has no columns. */
static void take_groups(struct ovpp_columns *c)
{
	c->groups = 0;
	for (size_t s = 0; s < c->set.n;) {
		struct group *g = &c->group[c->groups];

		s = group_take(c, s, g);
		c->groups += g->n > 0;
	}
}

/* mono_ns is one nearly always. */
static bool has_column(const struct group *g, size_t f)
{
	return f == MONO || g->changed >> f & 1;
}

/* ---- packing ---- */

/* Numbers that are 0 nearly always: pairs of how many are, and the next that is not. */
static uint8_t *put_seq(const struct ovpp_record *rec, size_t n, uint8_t *at)
{
	size_t run = 0;

	at = ovpp_put_varint(at, rec[0].seq);
	for (size_t i = 1; i < n; i++) {
		uint64_t missing = rec[i].seq - rec[i - 1].seq - 1;

		if (!missing) {
			run++;
			continue;
		}
		at = ovpp_put_varint(at, run);
		at = ovpp_put_varint(at, missing);
		run = 0;
	}
	return ovpp_put_varint(at, run);
}

static uint8_t *put_firsts(struct ovpp_columns *c, const struct ovpp_record *rec, uint8_t *at)
{
	const size_t skip = sizeof(rec->seq), n = c->set.n;
	uint8_t leaf[OVPP_LEAF_SIZE];
	uint64_t mono = 0;

	for (size_t s = 0; s < n; s++) {
		struct ovpp_record *first = &c->first[s];

		*first = rec[c->set.series[s].first];
		first->real_ns -= first->mono_ns;
		first->mono_ns -= mono;
		mono += first->mono_ns;
		ovpp_leaf_encode(first, leaf);
		for (size_t k = skip; k < OVPP_LEAF_SIZE; k++)
			at[(k - skip) * n + s] = leaf[k];
	}
	return at + (OVPP_LEAF_SIZE - skip) * n;
}

/* Bits that are not the same in all records of a series. */
static void add_changes(const struct ovpp_columns *c, const struct ovpp_record *rec,
			const struct ovpp_series *s, uint64_t changed[static WORDS])
{
	const uint16_t *at = c->set.other + s->at;
	uint64_t first[WORDS], word[WORDS], offset;

	memcpy(first, &rec[s->first], sizeof(first));
	offset = first[REAL] - first[MONO];
	for (size_t i = 0; i + 1 < s->n; i++) {
		memcpy(word, &rec[at[i]], sizeof(word));
		word[REAL] -= word[MONO];
		changed[REAL] |= word[REAL] ^ offset;
		for (size_t k = REAL + 1; k < WORDS; k++)
			changed[k] |= word[k] ^ first[k];
	}
}

static void find_changes(const struct ovpp_columns *c, const struct ovpp_record *rec,
			 struct group *g)
{
	const uint8_t none[sizeof(uint64_t)] = {0};
	uint64_t changed[WORDS] = {0};

	for (size_t s = g->series; s < g->end; s++)
		add_changes(c, rec, &c->set.series[s], changed);
	for (size_t f = REAL; f < g->fields; f++)
		if (memcmp((const char *)changed + g->field[f].offset, none, g->field[f].size))
			g->changed |= 1U << f;
}

#define GATHER(type)                                                                      \
	do {                                                                              \
		for (size_t i = 0; i < n; i++) {                                          \
			type v;                                                           \
                                                                                          \
			memcpy(&v, (const char *)&rec[at[i]] + field->offset, sizeof(v)); \
			x[i] = (uint64_t)v - base;                                        \
		}                                                                         \
	} while (0)

/* A field of the records at @at, less @base. */
static void gather(const struct ovpp_record *rec, const uint16_t *at, size_t n,
		   const struct ovpp_leaf_field *field, uint64_t base, uint64_t *x)
{
	switch (field->size << 1 | field->is_signed) {
	case 2:
		GATHER(uint8_t);
		break;
	case 3:
		GATHER(int8_t);
		break;
	case 4:
		GATHER(uint16_t);
		break;
	case 5:
		GATHER(int16_t);
		break;
	case 8:
		GATHER(uint32_t);
		break;
	case 9:
		GATHER(int32_t);
		break;
	default:
		GATHER(uint64_t);
		break;
	}
}

/* A field of a group, less that of the first record of each series. */
static void gather_group(struct ovpp_columns *c, const struct ovpp_record *rec,
			 const struct group *g, size_t f)
{
	uint64_t *x = c->x;

	for (size_t s = g->series; s < g->end; s++) {
		const struct ovpp_series *series = &c->set.series[s];
		const struct ovpp_record *first = &rec[series->first];
		uint64_t base = (uint64_t)ovpp_leaf_get(first, &g->field[f]);

		gather(rec, c->set.other + series->at, series->n - 1U, &g->field[f], base, x);
		for (size_t i = 0; f == REAL && i + 1 < series->n; i++)
			x[i] -= rec[c->set.other[series->at + i]].mono_ns - first->mono_ns;
		x += series->n - 1;
	}
}

/* mono_ns less that of the record before. */
static void gather_gaps(struct ovpp_columns *c, const struct ovpp_record *rec,
			const struct group *g)
{
	for (size_t i = 0; i < g->n; i++) {
		size_t at = c->set.other[g->at + i];

		c->x[i] = rec[at].mono_ns - rec[at - 1].mono_ns;
	}
}

static void choose_mono(struct ovpp_columns *c, const struct ovpp_record *rec, struct group *g)
{
	uint64_t cost;

	gather_group(c, rec, g, MONO);
	cost = ovpp_column_cost(&c->column, c->x, g->n);
	gather_gaps(c, rec, g);
	if (ovpp_column_cost(&c->column, c->x, g->n) <= cost)
		g->changed |= 1U << MONO;
}

static uint8_t *put_groups(struct ovpp_columns *c, const struct ovpp_record *rec, uint8_t *at)
{
	for (struct group *g = c->group; g < c->group + c->groups; g++) {
		find_changes(c, rec, g);
		choose_mono(c, rec, g);
		at = ovpp_put_varint(at, g->changed);
	}
	return at;
}

static uint8_t *put_columns(struct ovpp_columns *c, const struct ovpp_record *rec, uint8_t *at,
			    struct ovpp_bits_out *bits)
{
	for (size_t f = MONO; f < OVPP_LEAF_FIELDS_MAX; f++) {
		for (const struct group *g = c->group; g < c->group + c->groups; g++) {
			if (!has_column(g, f))
				continue;
			if (f == MONO && g->changed >> MONO & 1)
				gather_gaps(c, rec, g);
			else
				gather_group(c, rec, g, f);
			at = ovpp_column_put(&c->column, c->x, g->n, at, bits);
		}
	}
	return at;
}

int ovpp_columns_pack(struct ovpp_columns *c, const struct ovpp_record *rec, size_t n,
		      const uint8_t **out, size_t *size)
{
	struct ovpp_bits_out bits = {.at = c->bits};
	uint8_t *at = c->bytes;
	size_t frame, n_bits;

	if (!n || n > OVPP_BATCH_RECORDS)
		return -EINVAL;
	at = ovpp_put_varint(at, n);
	at = put_seq(rec, n, at);
	at = ovpp_series_put(&c->set, rec, n, at);
	at = put_firsts(c, rec, at);
	take_groups(c);
	at = put_groups(c, rec, at);
	at = put_columns(c, rec, at, &bits);
	n_bits = (size_t)(ovpp_bits_end(&bits) - c->bits);

	c->out[0] = VERSION;
	frame = ZSTD_compress2(c->compress, c->out + 1, sizeof(c->out) - 1, c->bytes,
			       (size_t)(at - c->bytes));
	if (ZSTD_isError(frame))
		return -ENOMEM;
	memcpy(c->out + 1 + frame, c->bits, n_bits);
	*out = c->out;
	*size = 1 + frame + n_bits;
	return 0;
}

/* ---- unpacking ---- */

static void get_seq(struct ovpp_record *rec, size_t n, struct ovpp_bytes_in *in)
{
	uint64_t seq = ovpp_get_varint(in), run = ovpp_get_below(in, n - 1);

	rec[0].seq = seq;
	for (size_t i = 1; i < n && !in->bad; i++) {
		if (run) {
			run--;
		} else {
			seq += ovpp_get_varint(in);
			run = ovpp_get_below(in, n - i - 1);
		}
		rec[i].seq = ++seq;
	}
}

static void get_firsts(struct ovpp_columns *c, struct ovpp_bytes_in *in)
{
	const size_t skip = sizeof(c->first->seq), n = c->set.n;
	uint8_t leaf[OVPP_LEAF_SIZE] = {0};
	uint64_t mono = 0;

	if ((size_t)(in->end - in->at) < (OVPP_LEAF_SIZE - skip) * n) {
		in->bad = true;
		return;
	}
	for (size_t s = 0; s < n; s++) {
		for (size_t k = skip; k < OVPP_LEAF_SIZE; k++)
			leaf[k] = in->at[(k - skip) * n + s];
		ovpp_leaf_decode(leaf, &c->first[s]);
		mono += c->first[s].mono_ns;
		c->first[s].mono_ns = mono;
	}
	in->at += (OVPP_LEAF_SIZE - skip) * n;
}

static void get_groups(struct ovpp_columns *c, struct ovpp_bytes_in *in)
{
	for (struct group *g = c->group; g < c->group + c->groups; g++) {
		g->changed = (uint32_t)ovpp_get_below(in, (UINT64_C(1) << g->fields) - 1);
		if (g->changed & KEYS)
			in->bad = true;
	}
}

/* All fields of the records but seq are those of the first of their series. */
static void fill(const struct ovpp_columns *c, struct ovpp_record *rec)
{
	for (size_t i = 0; i < c->set.records; i++) {
		uint64_t seq = rec[i].seq;

		rec[i] = c->first[c->set.of[i]];
		rec[i].seq = seq;
	}
}

#define SCATTER(type)                                                               \
	do {                                                                        \
		for (size_t i = 0; i < n; i++) {                                    \
			type v = (type)(x[i] + base);                               \
                                                                                    \
			memcpy((char *)&rec[at[i]] + field->offset, &v, sizeof(v)); \
		}                                                                   \
	} while (0)

static void scatter(struct ovpp_record *rec, const uint16_t *at, size_t n,
		    const struct ovpp_leaf_field *field, uint64_t base, const uint64_t *x)
{
	switch (field->size) {
	case 1:
		SCATTER(uint8_t);
		break;
	case 2:
		SCATTER(uint16_t);
		break;
	case 4:
		SCATTER(uint32_t);
		break;
	default:
		SCATTER(uint64_t);
		break;
	}
}

static void scatter_group(const struct ovpp_columns *c, struct ovpp_record *rec,
			  const struct group *g, size_t f)
{
	bool gaps = f == MONO && g->changed >> MONO & 1;
	const uint64_t *x = c->x;

	for (size_t s = g->series; s < g->end; s++) {
		const struct ovpp_series *series = &c->set.series[s];
		uint64_t base = gaps ? 0 : (uint64_t)ovpp_leaf_get(&c->first[s], &g->field[f]);

		scatter(rec, c->set.other + series->at, series->n - 1U, &g->field[f], base, x);
		x += series->n - 1;
	}
}

static void get_columns(struct ovpp_columns *c, struct ovpp_record *rec, struct ovpp_bytes_in *in,
			struct ovpp_bits_in *bits)
{
	for (size_t f = MONO; f < OVPP_LEAF_FIELDS_MAX; f++) {
		for (const struct group *g = c->group; g < c->group + c->groups; g++) {
			if (!has_column(g, f))
				continue;
			ovpp_column_get(c->x, g->n, in, bits);
			if (in->bad)
				return;
			scatter_group(c, rec, g, f);
		}
	}
}

/* Times, which are distances so far. */
static void restore_times(const struct ovpp_columns *c, struct ovpp_record *rec)
{
	bool gaps[OVPP_BATCH_RECORDS] = {false};

	for (const struct group *g = c->group; g < c->group + c->groups; g++)
		for (size_t s = g->series; s < g->end; s++)
			gaps[s] = g->changed >> MONO & 1;
	for (size_t i = 0; i < c->set.records; i++) {
		size_t s = c->set.of[i];

		if (gaps[s] && c->set.series[s].first != i)
			rec[i].mono_ns += rec[i - 1].mono_ns;
		rec[i].real_ns += rec[i].mono_ns;
	}
}

static void get_records(struct ovpp_columns *c, struct ovpp_record *rec, struct ovpp_bytes_in *in,
			struct ovpp_bits_in *bits, size_t *n)
{
	*n = ovpp_get_below(in, OVPP_BATCH_RECORDS);
	if (!*n)
		in->bad = true;
	if (!in->bad)
		get_seq(rec, *n, in);
	if (!in->bad)
		ovpp_series_get(&c->set, *n, in);
	if (!in->bad)
		get_firsts(c, in);
	if (in->bad)
		return;
	take_groups(c);
	get_groups(c, in);
	fill(c, rec);
	get_columns(c, rec, in, bits);
	restore_times(c, rec);
}

int ovpp_columns_unpack(struct ovpp_columns *c, const uint8_t *data, size_t size,
			struct ovpp_record *rec, size_t *n)
{
	struct ovpp_bytes_in in = {.at = c->bytes};
	struct ovpp_bits_in bits = {.data = c->bits};
	size_t frame, length;

	if (!size || data[0] != VERSION)
		return -EBADMSG;
	frame = ZSTD_findFrameCompressedSize(data + 1, size - 1);
	if (ZSTD_isError(frame) || size - 1 - frame > BITS_ROOM - OVPP_BITS_SLACK)
		return -EBADMSG;
	length = ZSTD_decompressDCtx(c->decompress, c->bytes, sizeof(c->bytes), data + 1, frame);
	if (ZSTD_isError(length))
		return -EBADMSG;
	in.end = c->bytes + length;
	bits.end = 8 * (size - 1 - frame);
	memcpy(c->bits, data + 1 + frame, size - 1 - frame);
	get_records(c, rec, &in, &bits, n);
	/* Everything has been used, up to the last byte. */
	return in.bad || in.at != in.end || (bits.at + 7) / 8 != bits.end / 8 ? -EBADMSG : 0;
}

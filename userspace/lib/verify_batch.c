// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The verifier: batches and single records. What a header says is compared with what
 * else is there before its signature is checked: so a byte that was changed is found
 * where it is, and not only that the signature does not hold.
 */
#include <errno.h>
#include <string.h>

#include "verify_state.h"

/* A wall clock that runs away from CLOCK_MONOTONIC by more than this has stepped. */
#define STEP_NS 1000000000

/**
 * struct work - a batch at work, or the batch of a record
 * @v: verifier
 * @cose: signed header
 * @h: header
 * @table: of its devices; NULL for a record that came without
 * @listed: hashes of all entries, at @listed_at in the window
 * @listed_at: there
 * @gap: next one at or behind @next
 * @lost: records in the gaps before it
 * @next: least seq that the next entry may have
 * @mono_ns: earliest and latest of the entries so far
 * @real_ns: likewise
 * @offset_ns: wall clock minus CLOCK_MONOTONIC of the entry before
 * @near: where in the table the device before was
 * @stepped: the wall clock did
 * @stranger: there is a record of a DER that is not in the table
 */
struct work {
	struct ovpp_verify *v;
	struct ovpp_cbor cose;
	struct ovpp_header h;
	struct verify_table *table;
	const ovpp_hash *listed;
	size_t listed_at;
	size_t gap;
	uint64_t lost;
	uint64_t next;
	uint64_t mono_ns[2];
	uint64_t real_ns[2];
	uint64_t offset_ns;
	size_t near;
	bool stepped;
	bool stranger;
};

static const uint8_t *cose_data(const struct work *w)
{
	return w->cose.data + w->cose.at;
}

static size_t cose_size(const struct work *w)
{
	return w->cose.size - w->cose.at;
}

/* Where a field of the header is in the window. */
static size_t field_at(const struct work *w, enum ovpp_header_field field)
{
	return w->cose.at + ovpp_header_at(cose_data(w), cose_size(w), field);
}

/* A string of 32 bytes has two before it in CBOR. */
static size_t hash_at(const struct work *w, enum ovpp_header_field field)
{
	return field_at(w, field) + 2;
}

static int open_header(struct work *w, struct ovpp_cbor *r)
{
	struct ovpp_verify *v = w->v;
	size_t at;
	int ret;

	w->cose = ovpp_cbor_span(r, 1, OVPP_HEADER_MAX + 128);
	if (r->bad)
		return verify_malformed(v, r);
	ret = ovpp_header_open(cose_data(w), cose_size(w), NULL, &w->h, v->gaps, &at);
	if (ret == -EBADMSG)
		return verify_no(v, w->cose.at + at, "the header of a batch is not as it must be");
	if (ret)
		return ret;
	v->result.fault.has_batch = true;
	v->result.fault.batch = w->h.seq;
	w->next = w->h.first;
	w->mono_ns[0] = w->real_ns[0] = UINT64_MAX;
	w->offset_ns = w->h.real_ns[0] - w->h.mono_ns[0];
	if (memcmp(w->h.gateway, v->gateway, OVPP_KEY_SIZE))
		return verify_differs(v, hash_at(w, OVPP_HEADER_GATEWAY), v->gateway, OVPP_KEY_SIZE,
				      "the batch is another gateway's");
	return verify_epoch(v, w->h.epoch, w->h.seq, field_at(w, OVPP_HEADER_EPOCH));
}

static int check_signature(struct work *w)
{
	struct ovpp_header again;
	size_t at;
	int ret;

	ret = ovpp_header_open(cose_data(w), cose_size(w), verify_key_of(w->v, w->h.epoch), &again,
			       NULL, &at);
	if (ret != -EKEYREJECTED)
		return ret;
	return verify_no(w->v, w->cose.at,
			 "the header of batch %llu (%zu bytes from here) was changed, or the "
			 "gateway did not sign it",
			 (unsigned long long)w->h.seq, cose_size(w));
}

/* Two things do not fit together: a header that nobody signed is the one that is wrong. */
static int contradiction(struct work *w, size_t at, const char *text)
{
	int ret = check_signature(w);

	return ret ? ret : verify_no(w->v, at, "%s", text);
}

/* The table stands before the batch, so it is there that something was changed ... */
static int no_table(struct work *w)
{
	struct ovpp_verify *v = w->v;
	int ret;

	/* ... unless it is the header. */
	ret = check_signature(w);
	if (ret)
		return ret;
	ret = verify_no(v, hash_at(w, OVPP_HEADER_DEVICES),
			"the bundle does not have the device table that batch %llu names",
			(unsigned long long)w->h.seq);
	if (v->table) {
		v->result.fault.offset = v->table_at;
		v->result.fault.n_found = 0;
	}
	return ret;
}

static int check_table(struct work *w)
{
	struct ovpp_verify *v = w->v;
	struct verify_table *before = v->table;

	w->table = verify_table_of(v, &w->h);
	if (!w->table || (before && before != w->table))
		return no_table(w);
	v->table = NULL;
	return verify_device_keys(v, w->table, &w->h, hash_at(w, OVPP_HEADER_DEVICES));
}

static int compare_lives(const void *a, const void *b)
{
	const struct ovpp_header *x = &((const struct verify_life *)a)->last;
	const struct ovpp_header *y = &((const struct verify_life *)b)->last;
	int order = memcmp(x->boot, y->boot, sizeof(x->boot));

	return order ? order : x->life < y->life ? -1 : x->life > y->life;
}

/* What is known of the header's life: of one that is new, no records. */
static struct verify_life *find_life(struct work *w)
{
	struct verify_life probe = {.last = w->h};

	probe.last.records = 0;
	return verify_find(&w->v->lives, &probe, sizeof(probe), compare_lives);
}

/* Does the life of the site go on? */
static int check_life(struct work *w)
{
	struct ovpp_verify_result *result = &w->v->result;
	struct verify_life *life = find_life(w);
	enum ovpp_header_field field;
	const char *wrong;

	if (!life)
		return -ENOMEM;
	if (life->last.records) {
		wrong = ovpp_header_continues(&w->h, &life->last, &field);
		if (wrong)
			return contradiction(w, field_at(w, field), wrong);
		w->offset_ns = life->last.real_ns[1] - life->last.mono_ns[1];
		if (memcmp(w->h.devices, life->last.devices, sizeof(ovpp_hash)))
			verify_remark(w->v, OVPP_REMARK_DEVICES, w->h.seq);
	} else {
		if (w->v->from_start && w->h.first)
			return contradiction(
				w, field_at(w, OVPP_HEADER_FIRST),
				"the first batch of a life does not begin with record 0");
		if (result->lives++)
			verify_remark(w->v, OVPP_REMARK_LIFE, w->h.seq);
	}
	life->last = w->h;
	life->last.gaps = NULL;
	return 0;
}

/* Is it the next batch of the gateway? */
static int check_chain(struct work *w)
{
	struct ovpp_verify *v = w->v;
	enum ovpp_header_field field = OVPP_HEADER_SEQ;
	const char *wrong = NULL;

	if (v->has_header)
		wrong = ovpp_header_follows(&w->h, &v->header, v->header_hash, &field);
	else if (w->h.seq != v->tree.size)
		wrong = v->tree.size ? "the batch is not the next one in the log"
				     : "the bundle does not say what the log was before its first "
				       "batch";
	if (wrong && field > OVPP_HEADER_PREV)
		return contradiction(w, field_at(w, field), wrong);
	if (wrong && field == OVPP_HEADER_PREV)
		return verify_differs(v, hash_at(w, field), v->header_hash, sizeof(ovpp_hash),
				      wrong);
	if (wrong)
		return verify_no(v, field_at(w, field), "%s", wrong);
	if (v->has_header && v->header.epoch != w->h.epoch)
		verify_remark(v, OVPP_REMARK_KEY, w->h.seq);
	return check_life(w);
}

/* Do the hashes that are listed make the root? */
static bool root_holds(const struct work *w, const ovpp_hash *hash)
{
	ovpp_hash root;

	ovpp_merkle_root_of(hash, w->h.records, root);
	return !memcmp(root, w->h.root, sizeof(root));
}

/* An entry's hash is not the one that is listed: which of them was changed? */
static int entry_differs(struct work *w, size_t at, size_t index, const ovpp_hash hash)
{
	struct ovpp_verify *v = w->v;
	const size_t size = sizeof(ovpp_hash);

	if (!root_holds(w, w->listed)) {
		memcpy(v->hash, w->listed, w->h.records * size);
		memcpy(v->hash[index], hash, size);
		if (root_holds(w, v->hash))
			return verify_differs(v, w->listed_at + index * size, hash, size,
					      "the listed hash of this record was changed");
	}
	return verify_hash_differs(
		v, at, w->listed[index], hash,
		"this record was changed: the hash of its 144 bytes is another one");
}

/* Index of a record in its batch, or -1: it is none of it, or not in order. */
static int64_t index_of(struct work *w, uint64_t seq)
{
	const struct ovpp_header *h = &w->h;

	if (seq < w->next || seq > h->last)
		return -1;
	while (w->gap < h->n_gaps && h->gaps[w->gap].last < seq) {
		w->lost += h->gaps[w->gap].last - h->gaps[w->gap].first + 1;
		w->gap++;
	}
	if (w->gap < h->n_gaps && h->gaps[w->gap].first <= seq)
		return -1;
	w->next = seq + 1;
	return (int64_t)(seq - h->first - w->lost);
}

#define SEQ_AT offsetof(struct ovpp_record, seq)
#define MONO_AT offsetof(struct ovpp_record, mono_ns)
#define REAL_AT offsetof(struct ovpp_record, real_ns)

/*
 * A record and its header say different things. If the hashes hold, it is the header
 * that was changed.
 */
static int disagree(struct work *w, size_t at, enum ovpp_header_field field, const char *text)
{
	if (w->listed && root_holds(w, w->listed))
		at = field_at(w, field);
	return contradiction(w, at, text);
}

static bool within(uint64_t ns, const uint64_t times[2])
{
	return ns >= times[0] && ns <= times[1];
}

/* A record's times; @leaf is at @at in the window. */
static int check_times(struct work *w, const uint8_t *leaf, size_t at)
{
	uint64_t mono = verify_leaf(leaf, MONO_AT, 8), real = verify_leaf(leaf, REAL_AT, 8);
	uint64_t moved = real - mono - w->offset_ns + STEP_NS;

	if (!within(mono, w->h.mono_ns))
		return disagree(w, at + MONO_AT, OVPP_HEADER_MONO,
				"the time of the record is not within those of its batch");
	if (!within(real, w->h.real_ns))
		return disagree(
			w, at + REAL_AT, OVPP_HEADER_REAL,
			"the wall-clock time of the record is not within those of its batch");
	ovpp_times_widen(w->mono_ns, mono);
	ovpp_times_widen(w->real_ns, real);
	w->stepped |= moved > 2 * (uint64_t)STEP_NS;
	w->offset_ns = real - mono;
	return 0;
}

/* With all records there, their times are those of the header. */
static int check_span(struct work *w)
{
	if (memcmp(w->mono_ns, w->h.mono_ns, sizeof(w->mono_ns)))
		return contradiction(w, field_at(w, OVPP_HEADER_MONO),
				     "the header has other times than its records");
	if (memcmp(w->real_ns, w->h.real_ns, sizeof(w->real_ns)))
		return contradiction(w, field_at(w, OVPP_HEADER_REAL),
				     "the header has other wall-clock times than its records");
	return 0;
}

/* A record that is what was signed: @leaf is at @at in the window. */
static int check_leaf(struct work *w, const uint8_t *leaf, size_t at)
{
	const struct ovpp_verify_options *options = &w->v->options;
	struct ovpp_verify_device *device = NULL;
	struct ovpp_record rec;
	int ret;

	ret = check_times(w, leaf, at);
	if (!ret && w->table)
		ret = verify_device_record(w->v, w->table, &w->near, leaf, at, &device);
	if (ret)
		return ret;
	if (device)
		device->records++;
	else if (w->table && verify_leaf(leaf, offsetof(struct ovpp_record, der), 4))
		w->stranger = true;
	if (options->record) {
		ovpp_leaf_decode(leaf, &rec);
		options->record(options->arg, &rec, device ? &device->device : NULL);
	}
	/* Samples without a device were refused. */
	if (w->listed &&
	    verify_leaf(leaf, offsetof(struct ovpp_record, type), 2) == OVPP_RECORD_SAMPLE)
		return verify_device_registers(w->v, device, leaf, at);
	return 0;
}

/* Entry @i of those that are disclosed, at @at in the window. */
static int check_entry(struct work *w, size_t at, size_t i, bool all)
{
	const uint8_t *entry = w->v->window.data + at, *leaf = entry + OVPP_SALT_SIZE;
	uint64_t seq = verify_leaf(leaf, SEQ_AT, 8);
	int64_t found = index_of(w, seq);
	size_t index = all ? i : (size_t)found;
	ovpp_hash hash;

	w->v->result.fault.has_record = true;
	w->v->result.fault.record = seq;
	if (!all && found < 0)
		return contradiction(w, at + OVPP_SALT_SIZE + SEQ_AT,
				     "this record is none of its batch, or not in order");
	ovpp_entry_hash(entry, hash);
	if (memcmp(hash, w->listed[index], sizeof(hash)))
		return entry_differs(w, at, index, hash);
	if (found < 0 || (size_t)found != index)
		return disagree(w, at + OVPP_SALT_SIZE + SEQ_AT, OVPP_HEADER_GAPS,
				"the header does not account for this record");
	return check_leaf(w, leaf, at + OVPP_SALT_SIZE);
}

static int check_entries(struct work *w, const struct ovpp_cbor *entries)
{
	size_t n = (entries->size - entries->at) / OVPP_ENTRY_SIZE;
	int ret = 0;

	for (size_t i = 0; i < n && !ret; i++)
		ret = check_entry(w, entries->at + i * OVPP_ENTRY_SIZE, i, n == w->h.records);
	if (ret)
		return ret;
	w->v->result.fault.has_record = false;
	ret = n == w->h.records ? check_span(w) : 0;
	if (ret)
		return ret;
	w->v->result.disclosed += n;
	if (n < w->h.records)
		verify_remark(w->v, OVPP_REMARK_WITHHELD, w->h.seq);
	if (!root_holds(w, w->listed))
		return verify_no(w->v, hash_at(w, OVPP_HEADER_ROOT),
				 "the records do not make the root in the header: hashes were "
				 "changed, or the root");
	return 0;
}

/* The period of what was verified. */
static void count_time(struct ovpp_verify_result *result, uint64_t real_ns)
{
	if (!result->real_min_ns || real_ns < result->real_min_ns)
		result->real_min_ns = real_ns;
	if (real_ns > result->real_max_ns)
		result->real_max_ns = real_ns;
}

/* What batches and records alone have in common. */
static void count_header(struct work *w)
{
	struct ovpp_verify_result *result = &w->v->result;
	const struct ovpp_header *h = &w->h;

	if (!result->batches++ || h->seq < result->first_batch)
		result->first_batch = h->seq;
	if (h->seq > result->last_batch)
		result->last_batch = h->seq;
	if (!h->clock.synchronized)
		verify_remark(w->v, OVPP_REMARK_CLOCK, h->seq);
	if (w->stranger)
		verify_remark(w->v, OVPP_REMARK_STRANGER, h->seq);
	if (!w->table)
		verify_remark(w->v, OVPP_REMARK_ALONE, h->seq);
	if (verify_is_revoked(w->v, h->epoch, h->seq))
		verify_remark(w->v, OVPP_REMARK_REVOKED, h->seq);
}

static void count_batch(struct work *w)
{
	struct ovpp_verify_result *result = &w->v->result;
	const struct ovpp_header *h = &w->h;
	uint64_t moved = h->real_ns[1] - h->mono_ns[1] - w->offset_ns + STEP_NS;

	count_header(w);
	result->records += h->records;
	result->gaps += h->n_gaps;
	result->lost += h->last - h->first + 1 - h->records;
	if (h->n_gaps)
		verify_remark(w->v, OVPP_REMARK_GAP, h->seq);
	if (w->stepped || moved > 2 * (uint64_t)STEP_NS)
		verify_remark(w->v, OVPP_REMARK_STEP, h->seq);
	count_time(result, h->real_ns[0]);
	count_time(result, h->real_ns[1]);
}

static void tell_root(const struct work *w, const ovpp_hash root)
{
	const struct ovpp_verify_options *options = &w->v->options;

	if (options->root)
		options->root(options->arg, &w->h, root);
}

/* The batch is right: it is the newest leaf of the log. */
static void append(struct work *w)
{
	struct ovpp_verify *v = w->v;
	ovpp_hash root;

	ovpp_batch_root(cose_data(w), cose_size(w), w->h.root, root);
	tell_root(w, root);
	ovpp_merkle_leaf(root, sizeof(root), root);
	ovpp_merkle_append(&v->tree, root, NULL);
	ovpp_sha256(cose_data(w), cose_size(w), v->header_hash);
	v->header = w->h;
	v->has_header = true;
}

/* Records follow. */
static void announce(const struct work *w)
{
	const struct ovpp_verify_options *options = &w->v->options;

	if (options->batch)
		options->batch(options->arg, &w->h);
}

int verify_batch(struct ovpp_verify *v, struct ovpp_cbor *r)
{
	struct work w = {.v = v};
	struct ovpp_cbor listed, entries;
	size_t size;
	int ret;

	ret = open_header(&w, r);
	if (!ret)
		ret = check_chain(&w);
	if (!ret)
		ret = check_table(&w);
	if (ret)
		return ret;
	size = w.h.records * sizeof(ovpp_hash);
	listed = ovpp_cbor_span(r, size, size);
	entries = ovpp_cbor_span(r, 0, (size_t)w.h.records * OVPP_ENTRY_SIZE);
	if ((entries.size - entries.at) % OVPP_ENTRY_SIZE)
		ovpp_cbor_fail(r, entries.at);
	ovpp_cbor_end(r);
	if (r->bad)
		return verify_malformed(v, r);
	w.listed_at = listed.at;
	w.listed = (const ovpp_hash *)(listed.data + listed.at);
	announce(&w);
	ret = check_entries(&w, &entries);
	if (!ret)
		ret = check_signature(&w);
	if (ret)
		return ret;
	count_batch(&w);
	append(&w);
	return 0;
}

/* A record alone: @at is its entry's place in the window. */
static int check_alone(struct work *w, size_t at, uint64_t index, const struct ovpp_cbor *path)
{
	const uint8_t *entry = w->v->window.data + at, *leaf = entry + OVPP_SALT_SIZE;
	uint64_t seq = verify_leaf(leaf, SEQ_AT, 8);
	ovpp_hash hash;

	w->v->result.fault.has_record = true;
	w->v->result.fault.record = seq;
	ovpp_entry_hash(entry, hash);
	if (ovpp_merkle_check_inclusion(hash, index, w->h.records,
					(const ovpp_hash *)(path->data + path->at),
					(path->size - path->at) / sizeof(ovpp_hash), w->h.root))
		return verify_no(w->v, at,
				 "this record is not in its batch: it was changed, or its path, or "
				 "the root in the header");
	if (index_of(w, seq) != (int64_t)index)
		return contradiction(w, field_at(w, OVPP_HEADER_GAPS),
				     "the header does not account for this record");
	/* Nothing is known of the clock before it. */
	w->offset_ns = verify_leaf(leaf, REAL_AT, 8) - verify_leaf(leaf, MONO_AT, 8);
	return check_leaf(w, leaf, at + OVPP_SALT_SIZE);
}

int verify_record(struct ovpp_verify *v, struct ovpp_cbor *r)
{
	struct work w = {.v = v};
	struct ovpp_cbor path, entry;
	uint64_t index;
	int ret;

	ret = open_header(&w, r);
	if (ret)
		return ret;
	/* The least that proves a record has no device table. */
	v->bare = !v->table && !verify_table_of(v, &w.h);
	ret = v->bare ? 0 : check_table(&w);
	if (ret)
		return ret;
	index = ovpp_cbor_uint(r, 0, w.h.records - 1);
	path = ovpp_cbor_span(r, 0, OVPP_MERKLE_DEPTH * sizeof(ovpp_hash));
	if ((path.size - path.at) % sizeof(ovpp_hash))
		ovpp_cbor_fail(r, path.at);
	entry = ovpp_cbor_span(r, OVPP_ENTRY_SIZE, OVPP_ENTRY_SIZE);
	ovpp_cbor_end(r);
	if (r->bad)
		return verify_malformed(v, r);
	announce(&w);
	ret = check_alone(&w, entry.at, index, &path);
	if (!ret)
		ret = check_signature(&w);
	if (ret)
		return ret;
	if (!find_life(&w))
		return -ENOMEM;
	count_header(&w);
	v->result.records++;
	v->result.disclosed++;
	count_time(&v->result, w.real_ns[0]);
	ovpp_batch_root(cose_data(&w), cose_size(&w), w.h.root, v->root);
	tell_root(&w, v->root);
	v->header = w.h;
	v->has_header = false;
	return 0;
}

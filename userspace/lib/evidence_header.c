// SPDX-License-Identifier: GPL-2.0-or-later
/* Headers of batches: the CBOR map, and COSE_Sign1 around it. */
#include <errno.h>
#include <sodium.h>
#include <string.h>

#include "dcbor.h"
#include "evidence.h"

/* Tag 18, an array of four: protected header {1: -8} (EdDSA), none unprotected. */
static const uint8_t cose_start[] = {0xd2, 0x84, 0x43, 0xa1, 0x01, 0x27, 0xa0};

/* What is signed begins with this: RFC 9052, 4.4, with the external data OVPP-TB1. */
static const uint8_t signed_start[] = "\x84\x6aSignature1\x43\xa1\x01\x27\x48OVPP-TB1";

#define FIELDS OVPP_HEADER_SOFTWARE

static void put_pair(struct ovpp_cbor_out *w, uint64_t first, uint64_t second)
{
	ovpp_cbor_put_array(w, 2);
	ovpp_cbor_put_uint(w, first);
	ovpp_cbor_put_uint(w, second);
}

static void put_gaps(struct ovpp_cbor_out *w, const struct ovpp_header *h)
{
	ovpp_cbor_put_array(w, h->n_gaps);
	for (size_t i = 0; i < h->n_gaps; i++)
		put_pair(w, h->gaps[i].first, h->gaps[i].last);
}

static void put_field(struct ovpp_cbor_out *w, const struct ovpp_header *h,
		      enum ovpp_header_field field)
{
	ovpp_cbor_put_uint(w, field);
	switch (field) {
	case OVPP_HEADER_VERSION:
		return ovpp_cbor_put_uint(w, OVPP_EVIDENCE_VERSION);
	case OVPP_HEADER_GATEWAY:
		return ovpp_cbor_put_bytes(w, h->gateway, sizeof(h->gateway));
	case OVPP_HEADER_EPOCH:
		return ovpp_cbor_put_uint(w, h->epoch);
	case OVPP_HEADER_SEQ:
		return ovpp_cbor_put_uint(w, h->seq);
	case OVPP_HEADER_PREV:
		return ovpp_cbor_put_bytes(w, h->prev, sizeof(h->prev));
	case OVPP_HEADER_SITE:
		return ovpp_cbor_put_text(w, h->site);
	case OVPP_HEADER_BOOT:
		return ovpp_cbor_put_bytes(w, h->boot, sizeof(h->boot));
	case OVPP_HEADER_LIFE:
		return ovpp_cbor_put_uint(w, h->life);
	case OVPP_HEADER_RECORDS:
		return ovpp_cbor_put_uint(w, h->records);
	case OVPP_HEADER_FIRST:
		return ovpp_cbor_put_uint(w, h->first);
	case OVPP_HEADER_LAST:
		return ovpp_cbor_put_uint(w, h->last);
	case OVPP_HEADER_GAPS:
		return put_gaps(w, h);
	case OVPP_HEADER_MONO:
		return put_pair(w, h->mono_ns[0], h->mono_ns[1]);
	case OVPP_HEADER_REAL:
		return put_pair(w, h->real_ns[0], h->real_ns[1]);
	case OVPP_HEADER_CLOCK:
		ovpp_cbor_put_array(w, 2);
		ovpp_cbor_put_bool(w, h->clock.synchronized);
		return ovpp_cbor_put_uint(w, h->clock.error_us);
	case OVPP_HEADER_DEVICES:
		return ovpp_cbor_put_bytes(w, h->devices, sizeof(h->devices));
	case OVPP_HEADER_ROOT:
		return ovpp_cbor_put_bytes(w, h->root, sizeof(h->root));
	case OVPP_HEADER_SOFTWARE:
		return ovpp_cbor_put_text(w, h->software);
	}
}

/* Ascending, apart from each other, and with the records they make [first, last]. */
static void get_gaps(struct ovpp_cbor *r, struct ovpp_header *h, struct ovpp_gap *gaps)
{
	uint64_t span = h->last - h->first, lost = 0, next = h->first;
	size_t start = r->at;

	h->n_gaps = ovpp_cbor_array(r, 0, span < OVPP_BATCH_GAPS ? span : OVPP_BATCH_GAPS);
	h->gaps = gaps;
	for (size_t i = 0; i < h->n_gaps && !r->bad; i++) {
		struct ovpp_gap gap;

		ovpp_cbor_array(r, 2, 2);
		gap.first = ovpp_cbor_uint(r, next, h->last - 1);
		gap.last = ovpp_cbor_uint(r, gap.first, h->last - 1);
		lost += gap.last - gap.first + 1;
		next = gap.last + 2;
		if (gaps)
			gaps[i] = gap;
	}
	if (span + 1 - lost != h->records)
		ovpp_cbor_fail(r, start);
}

/* Zero bytes stand for the header before the first, and for no other. */
static void get_prev(struct ovpp_cbor *r, struct ovpp_header *h)
{
	static const ovpp_hash none;
	size_t start = r->at;

	ovpp_cbor_bytes(r, h->prev, sizeof(h->prev));
	if (!h->seq != !memcmp(h->prev, none, sizeof(none)))
		ovpp_cbor_fail(r, start);
}

/* Earliest and latest; one record has one time. */
static void get_times(struct ovpp_cbor *r, const struct ovpp_header *h, uint64_t time[2])
{
	ovpp_cbor_array(r, 2, 2);
	time[0] = ovpp_cbor_uint(r, 0, OVPP_CBOR_MAX);
	time[1] = ovpp_cbor_uint(r, time[0], h->records == 1 ? time[0] : OVPP_CBOR_MAX);
}

static void get_clock(struct ovpp_cbor *r, struct ovpp_clock *clock)
{
	ovpp_cbor_array(r, 2, 2);
	clock->synchronized = ovpp_cbor_bool(r);
	clock->error_us = ovpp_cbor_uint(r, 0, OVPP_CBOR_MAX);
}

static void get_field(struct ovpp_cbor *r, struct ovpp_header *h, struct ovpp_gap *gaps,
		      enum ovpp_header_field field)
{
	ovpp_cbor_uint(r, field, field);
	switch (field) {
	case OVPP_HEADER_VERSION:
		ovpp_cbor_uint(r, OVPP_EVIDENCE_VERSION, OVPP_EVIDENCE_VERSION);
		break;
	case OVPP_HEADER_GATEWAY:
		return ovpp_cbor_bytes(r, h->gateway, sizeof(h->gateway));
	case OVPP_HEADER_EPOCH:
		h->epoch = (uint32_t)ovpp_cbor_uint(r, 0, UINT32_MAX);
		break;
	case OVPP_HEADER_SEQ:
		h->seq = ovpp_cbor_uint(r, 0, OVPP_LOG_MAX - 1);
		break;
	case OVPP_HEADER_PREV:
		return get_prev(r, h);
	case OVPP_HEADER_SITE:
		return ovpp_cbor_text(r, 1, h->site);
	case OVPP_HEADER_BOOT:
		return ovpp_cbor_bytes(r, h->boot, sizeof(h->boot));
	case OVPP_HEADER_LIFE:
		h->life = ovpp_cbor_uint(r, 0, OVPP_CBOR_MAX);
		break;
	case OVPP_HEADER_RECORDS:
		h->records = (uint32_t)ovpp_cbor_uint(r, 1, OVPP_BATCH_RECORDS);
		break;
	case OVPP_HEADER_FIRST:
		h->first = ovpp_cbor_uint(r, 0, OVPP_CBOR_MAX);
		break;
	case OVPP_HEADER_LAST:
		h->last = ovpp_cbor_uint(r, h->first, OVPP_CBOR_MAX);
		break;
	case OVPP_HEADER_GAPS:
		return get_gaps(r, h, gaps);
	case OVPP_HEADER_MONO:
		return get_times(r, h, h->mono_ns);
	case OVPP_HEADER_REAL:
		return get_times(r, h, h->real_ns);
	case OVPP_HEADER_CLOCK:
		return get_clock(r, &h->clock);
	case OVPP_HEADER_DEVICES:
		return ovpp_cbor_bytes(r, h->devices, sizeof(h->devices));
	case OVPP_HEADER_ROOT:
		return ovpp_cbor_bytes(r, h->root, sizeof(h->root));
	case OVPP_HEADER_SOFTWARE:
		return ovpp_cbor_text(r, 0, h->software);
	}
}

/* A header's map, which is all that @r has. */
static void get_map(struct ovpp_cbor *r, struct ovpp_header *h, struct ovpp_gap *gaps)
{
	memset(h, 0, sizeof(*h));
	ovpp_cbor_map(r, FIELDS);
	for (unsigned int field = 1; field <= FIELDS; field++)
		get_field(r, h, gaps, field);
	ovpp_cbor_end(r);
}

/* What a signature is over: @map is the header's. */
static int to_be_signed(const uint8_t *map, size_t size, struct ovpp_buffer *out)
{
	struct ovpp_cbor_out w = {out, 0};

	ovpp_cbor_put_literal(&w, signed_start, sizeof(signed_start) - 1);
	ovpp_cbor_put_bytes(&w, map, size);
	return w.ret;
}

/* @map: encoded, and found to be right. */
static int put_cose(const struct ovpp_buffer *map, ovpp_sign sign, void *arg,
		    struct ovpp_buffer *out)
{
	uint8_t signature[OVPP_SIGNATURE_SIZE];
	struct ovpp_cbor_out w = {out, 0};
	struct ovpp_buffer data = {0};
	size_t start = out->size;
	int ret;

	ret = to_be_signed(map->data, map->size, &data);
	if (!ret)
		ret = sign(arg, data.data, data.size, signature);
	ovpp_buffer_free(&data);
	if (ret)
		return ret;
	ovpp_cbor_put_literal(&w, cose_start, sizeof(cose_start));
	ovpp_cbor_put_bytes(&w, map->data, map->size);
	ovpp_cbor_put_bytes(&w, signature, sizeof(signature));
	if (w.ret)
		out->size = start;
	return w.ret;
}

int ovpp_header_sign(const struct ovpp_header *h, ovpp_sign sign, void *arg,
		     struct ovpp_buffer *out)
{
	struct ovpp_buffer map = {0};
	struct ovpp_cbor_out w = {&map, 0};
	struct ovpp_header again;
	struct ovpp_cbor r = {0};
	int ret;

	ovpp_cbor_put_map(&w, FIELDS);
	for (unsigned int field = 1; field <= FIELDS; field++)
		put_field(&w, h, field);
	ret = w.ret;
	if (!ret) {
		r.data = map.data;
		r.size = map.size;
		get_map(&r, &again, NULL);
		ret = r.bad ? -EINVAL : put_cose(&map, sign, arg, out);
	}
	ovpp_buffer_free(&map);
	return ret;
}

static int check_signature(const struct ovpp_cbor *map, const uint8_t *signature,
			   const uint8_t key[OVPP_KEY_SIZE])
{
	struct ovpp_buffer data = {0};
	int ret;

	ret = to_be_signed(map->data + map->at, map->size - map->at, &data);
	if (!ret && crypto_sign_verify_detached(signature, data.data, data.size, key))
		ret = -EKEYREJECTED;
	ovpp_buffer_free(&data);
	return ret;
}

int ovpp_header_open(const uint8_t *cose, size_t size, const uint8_t key[OVPP_KEY_SIZE],
		     struct ovpp_header *h, struct ovpp_gap *gaps, size_t *at)
{
	struct ovpp_cbor r = {cose, size, 0, false}, map, read;
	uint8_t signature[OVPP_SIGNATURE_SIZE];

	ovpp_cbor_literal(&r, cose_start, sizeof(cose_start));
	map = ovpp_cbor_span(&r, 1, OVPP_HEADER_MAX);
	read = map;
	get_map(&read, h, gaps);
	if (read.bad) {
		*at = read.at;
		return -EBADMSG;
	}
	ovpp_cbor_bytes(&r, signature, sizeof(signature));
	ovpp_cbor_end(&r);
	if (r.bad) {
		*at = r.at;
		return -EBADMSG;
	}
	return key ? check_signature(&map, signature, key) : 0;
}

size_t ovpp_header_at(const uint8_t *cose, size_t size, enum ovpp_header_field field)
{
	struct ovpp_cbor r = {cose, size, 0, false}, map;

	ovpp_cbor_literal(&r, cose_start, sizeof(cose_start));
	map = ovpp_cbor_span(&r, 1, OVPP_HEADER_MAX);
	ovpp_cbor_map(&map, FIELDS);
	for (unsigned int key = 1; key < field; key++) {
		ovpp_cbor_skip(&map, OVPP_HEADER_MAX);
		ovpp_cbor_skip(&map, OVPP_HEADER_MAX);
	}
	ovpp_cbor_skip(&map, OVPP_HEADER_MAX);
	return map.at;
}

void ovpp_header_times(struct ovpp_header *h, const struct ovpp_record *rec, size_t n)
{
	h->mono_ns[0] = h->mono_ns[1] = rec->mono_ns;
	h->real_ns[0] = h->real_ns[1] = rec->real_ns;
	for (size_t i = 1; i < n; i++) {
		ovpp_times_widen(h->mono_ns, rec[i].mono_ns);
		ovpp_times_widen(h->real_ns, rec[i].real_ns);
	}
}

bool ovpp_header_same_life(const struct ovpp_header *a, const struct ovpp_header *b)
{
	return a->life == b->life && !memcmp(a->boot, b->boot, sizeof(a->boot));
}

const char *ovpp_header_continues(const struct ovpp_header *h, const struct ovpp_header *before,
				  enum ovpp_header_field *field)
{
	*field = OVPP_HEADER_SITE;
	if (strcmp(h->site, before->site))
		return "the site has another name than before in the same life";
	*field = OVPP_HEADER_FIRST;
	if (h->first != before->last + 1)
		return "records are missing or repeated between this batch and the one before "
		       "of the same life";
	return NULL;
}

const char *ovpp_header_follows(const struct ovpp_header *h, const struct ovpp_header *prev,
				const ovpp_hash prev_hash, enum ovpp_header_field *field)
{
	if (!prev)
		return NULL;
	*field = OVPP_HEADER_GATEWAY;
	if (memcmp(h->gateway, prev->gateway, sizeof(h->gateway)))
		return "the batch is another gateway's";
	*field = OVPP_HEADER_EPOCH;
	if (h->epoch < prev->epoch)
		return "the batch is signed with an older key than the batch before";
	*field = OVPP_HEADER_SEQ;
	if (h->seq != prev->seq + 1)
		return "the number of the batch does not follow the one before";
	*field = OVPP_HEADER_PREV;
	if (memcmp(h->prev, prev_hash, sizeof(h->prev)))
		return "the batch was not made after the batch before it here";
	return ovpp_header_same_life(h, prev) ? ovpp_header_continues(h, prev, field) : NULL;
}

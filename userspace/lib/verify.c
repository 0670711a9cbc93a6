// SPDX-License-Identifier: GPL-2.0-or-later
/* The verifier: the order of items, keys, heads of the log. */
#include "verify.h"

#include <errno.h>
#include <search.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "verify_state.h"

#define CHUNK (1024 * 1024)

#define ITEM(item) (1u << (item))

int verify_no(struct ovpp_verify *v, size_t at, const char *fmt, ...)
{
	struct ovpp_fault *f = &v->result.fault;
	size_t left = v->window.size - at;
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(f->text, sizeof(f->text), fmt, ap);
	va_end(ap);
	f->part = v->part;
	f->offset = v->base + at;
	f->n_found = left < OVPP_FAULT_BYTES ? (uint8_t)left : OVPP_FAULT_BYTES;
	if (left)
		memcpy(f->found, v->window.data + at, f->n_found);
	return -EBADMSG;
}

int verify_differs(struct ovpp_verify *v, size_t at, const void *expected, size_t n,
		   const char *text)
{
	struct ovpp_fault *f = &v->result.fault;
	const uint8_t *want = expected;

	while (n > 1 && v->window.data[at] == *want) {
		at++;
		want++;
		n--;
	}
	verify_no(v, at, "%s", text);
	f->n_expected = n < OVPP_FAULT_BYTES ? (uint8_t)n : OVPP_FAULT_BYTES;
	memcpy(f->expected, want, f->n_expected);
	return -EBADMSG;
}

int verify_hash_differs(struct ovpp_verify *v, size_t at, const ovpp_hash expected,
			const ovpp_hash found, const char *text)
{
	struct ovpp_fault *f = &v->result.fault;

	verify_no(v, at, "%s", text);
	f->n_expected = f->n_found = OVPP_FAULT_BYTES;
	memcpy(f->expected, expected, OVPP_FAULT_BYTES);
	memcpy(f->found, found, OVPP_FAULT_BYTES);
	return -EBADMSG;
}

int verify_malformed(struct ovpp_verify *v, const struct ovpp_cbor *r)
{
	if (r->at == v->window.size)
		return verify_no(v, r->at, "the bundle ends in the middle of an item");
	return verify_no(v, r->at, "this is not what an item of a bundle has here");
}

void verify_remark(struct ovpp_verify *v, enum ovpp_remark_kind kind, uint64_t batch)
{
	struct ovpp_remark *remark = &v->result.remark[kind];

	if (!remark->batches++)
		remark->first = batch;
}

void *verify_find(void **tree, const void *probe, size_t size,
		  int (*compare)(const void *, const void *))
{
	void **node = tfind(probe, tree, compare);
	void *copy;

	if (node)
		return *node;
	copy = malloc(size);
	if (!copy)
		return NULL;
	memcpy(copy, probe, size);
	if (!tsearch(copy, tree, compare)) {
		free(copy);
		return NULL;
	}
	return copy;
}

bool verify_is_revoked(const struct ovpp_verify *v, uint32_t epoch, uint64_t batch)
{
	return epoch + 1 < v->n_keys && v->keys[epoch + 1].s.revokes &&
	       batch >= v->keys[epoch + 1].s.revoked_from;
}

const uint8_t *verify_key_of(const struct ovpp_verify *v, uint32_t epoch)
{
	return epoch ? v->keys[epoch].s.key : v->gateway;
}

int verify_epoch(struct ovpp_verify *v, uint32_t epoch, uint64_t batch, size_t at)
{
	/* The gateway's id is its first key. */
	if (!v->n_keys && !epoch)
		return 0;
	if (epoch >= v->n_keys)
		return verify_no(v, at, "the bundle does not have the key of epoch %u", epoch);
	if (batch < v->keys[epoch].s.from ||
	    (epoch + 1 < v->n_keys && batch >= v->keys[epoch + 1].s.from))
		return verify_no(v, at, "the key of epoch %u does not sign batch %llu", epoch,
				 (unsigned long long)batch);
	if (verify_is_revoked(v, epoch, batch) && !v->options.allow_revoked)
		return verify_no(v, at, "the key of epoch %u is revoked from batch %llu on", epoch,
				 (unsigned long long)v->keys[epoch + 1].s.revoked_from);
	return 0;
}

static int begin(struct ovpp_verify *v, struct ovpp_cbor *r)
{
	uint8_t gateway[OVPP_KEY_SIZE];

	ovpp_cbor_uint(r, OVPP_BUNDLE_VERSION, OVPP_BUNDLE_VERSION);
	ovpp_cbor_bytes(r, gateway, sizeof(gateway));
	ovpp_cbor_end(r);
	if (r->bad)
		return verify_malformed(v, r);
	if (memcmp(gateway, v->gateway, sizeof(gateway)))
		return verify_differs(v, r->at - sizeof(gateway), v->gateway, sizeof(gateway),
				      "this is the evidence of another gateway");
	v->part_keys = 0;
	v->next = ITEM(OVPP_BUNDLE_KEY) | ITEM(OVPP_BUNDLE_RECORD);
	return 0;
}

/* A new key may revoke the one before for batches that were taken in bundles before. */
static int revokes_what_was_taken(struct ovpp_verify *v, const struct ovpp_key_statement *s,
				  size_t at)
{
	if (!s->revokes || !v->has_header || v->options.allow_revoked ||
	    v->header.epoch + 1 != s->epoch || v->header.seq < s->revoked_from)
		return 0;
	return verify_no(v, at,
			 "the key of epoch %u is revoked from batch %llu on, which it signed",
			 v->header.epoch, (unsigned long long)s->revoked_from);
}

static int add_key(struct ovpp_verify *v, const struct ovpp_cbor *statement, const ovpp_hash hash)
{
	struct verify_key *more, *k;
	size_t at = 0;
	int ret;

	more = realloc(v->keys, (v->n_keys + 1) * sizeof(*more));
	if (!more)
		return -ENOMEM;
	v->keys = more;
	k = &more[v->n_keys];
	ret = ovpp_key_statement_open(statement->data + statement->at,
				      statement->size - statement->at,
				      v->n_keys ? &more[v->n_keys - 1].s : NULL, &k->s, &at);
	at += statement->at;
	if (ret == -EBADMSG)
		return verify_no(v, at, "this is not the key of epoch %u", v->n_keys);
	if (ret == -EKEYREJECTED)
		return verify_no(v, at, "the key of epoch %u is not signed by whom it must be",
				 v->n_keys);
	if (memcmp(k->s.gateway, v->gateway, OVPP_KEY_SIZE))
		return verify_no(v, statement->at, "this is the key of another gateway");
	ret = revokes_what_was_taken(v, &k->s, statement->at);
	if (ret)
		return ret;
	memcpy(k->hash, hash, OVPP_HASH_SIZE);
	v->result.keys = ++v->n_keys;
	return 0;
}

static int key(struct ovpp_verify *v, struct ovpp_cbor *r)
{
	struct ovpp_cbor statement = ovpp_cbor_span(r, 1, OVPP_STATEMENT_MAX);
	ovpp_hash hash;
	int ret = 0;

	ovpp_cbor_end(r);
	if (r->bad)
		return verify_malformed(v, r);
	ovpp_sha256(statement.data + statement.at, statement.size - statement.at, hash);
	if (v->part_keys == v->n_keys)
		ret = add_key(v, &statement, hash);
	else if (memcmp(hash, v->keys[v->part_keys].hash, sizeof(hash)))
		ret = verify_no(v, statement.at,
				"the key of epoch %u is not the one of the bundle before",
				v->part_keys);
	v->part_keys++;
	v->next = ITEM(OVPP_BUNDLE_KEY) | ITEM(OVPP_BUNDLE_DEVICES) | ITEM(OVPP_BUNDLE_PREFIX) |
		  ITEM(OVPP_BUNDLE_BATCH) | ITEM(OVPP_BUNDLE_HEAD) | ITEM(OVPP_BUNDLE_RECORD);
	return ret;
}

static int prefix(struct ovpp_verify *v, struct ovpp_cbor *r)
{
	struct ovpp_cbor peaks;
	size_t at = r->at, size;
	uint64_t leaves;

	leaves = ovpp_cbor_uint(r, 1, OVPP_LOG_MAX - 1);
	size = (size_t)__builtin_popcountll(leaves) * OVPP_HASH_SIZE;
	peaks = ovpp_cbor_span(r, size, size);
	ovpp_cbor_end(r);
	if (r->bad)
		return verify_malformed(v, r);
	if (!v->tree.size) {
		v->tree.size = leaves;
		memcpy(v->tree.peak, peaks.data + peaks.at, size);
		v->from_start = false;
	} else if (leaves != v->tree.size) {
		return verify_no(v, at,
				 "this bundle does not continue the one before, which ends "
				 "with %llu batches in the log",
				 (unsigned long long)v->tree.size);
	} else if (memcmp(v->tree.peak, peaks.data + peaks.at, size)) {
		return verify_differs(v, peaks.at, v->tree.peak, size,
				      "the log is not the one of the bundle before");
	}
	v->next = ITEM(OVPP_BUNDLE_DEVICES) | ITEM(OVPP_BUNDLE_BATCH);
	return 0;
}

/* A path of joined hashes, for the head that follows. */
static void take_path(struct ovpp_verify *v, struct ovpp_cbor *r, size_t max)
{
	struct ovpp_cbor path = ovpp_cbor_span(r, 0, max * OVPP_HASH_SIZE);
	size_t size = path.size - path.at;

	if (size % OVPP_HASH_SIZE)
		ovpp_cbor_fail(r, path.at);
	v->n_path = size / OVPP_HASH_SIZE;
	memcpy(v->path, path.data + path.at, v->n_path * OVPP_HASH_SIZE);
}

static int inclusion(struct ovpp_verify *v, struct ovpp_cbor *r)
{
	ovpp_cbor_uint(r, v->header.seq, v->header.seq);
	take_path(v, r, OVPP_MERKLE_DEPTH);
	ovpp_cbor_end(r);
	v->next = ITEM(OVPP_BUNDLE_HEAD);
	return r->bad ? verify_malformed(v, r) : 0;
}

static int consistency(struct ovpp_verify *v, struct ovpp_cbor *r)
{
	take_path(v, r, OVPP_MERKLE_DEPTH + 1);
	ovpp_cbor_end(r);
	v->next = ITEM(OVPP_BUNDLE_HEAD);
	return r->bad ? verify_malformed(v, r) : 0;
}

/* The tree of the batches that were here. */
static int head_of_batches(struct ovpp_verify *v, const struct ovpp_tree_head *head, size_t size_at,
			   size_t root_at)
{
	ovpp_hash root;

	if (head->size != v->tree.size)
		return verify_no(v, size_at,
				 "the head is of a log of %llu batches, but the bundle ends with "
				 "the first %llu of them",
				 (unsigned long long)head->size, (unsigned long long)v->tree.size);
	ovpp_merkle_root(&v->tree, root);
	if (memcmp(root, head->root, sizeof(root)))
		return verify_differs(v, root_at, root, sizeof(root),
				      "the batches do not make the log of this head");
	return 0;
}

/* What the head must be by what came before it. */
static int check_head(struct ovpp_verify *v, const struct ovpp_tree_head *head, size_t size_at,
		      size_t root_at)
{
	const struct ovpp_tree_head *old = &v->result.head;
	ovpp_hash leaf;

	switch (v->last) {
	case OVPP_BUNDLE_BATCH:
		return head_of_batches(v, head, size_at, root_at);
	case OVPP_BUNDLE_INCLUSION:
		ovpp_merkle_leaf(v->root, sizeof(v->root), leaf);
		if (ovpp_merkle_check_inclusion(leaf, v->header.seq, head->size, v->path, v->n_path,
						head->root))
			return verify_no(v, root_at, "batch %llu is not in the log of this head",
					 (unsigned long long)v->header.seq);
		break;
	case OVPP_BUNDLE_CONSISTENCY:
		if (ovpp_merkle_check_consistency(old->size, head->size, v->path, v->n_path,
						  old->root, head->root))
			return verify_no(v, root_at, "this head does not continue the one before");
		break;
	default:
		break;
	}
	if (v->result.has_head && head->size == old->size &&
	    memcmp(head->root, old->root, sizeof(old->root)))
		return verify_differs(v, root_at, old->root, sizeof(old->root),
				      "the gateway signed two logs of the same size");
	return 0;
}

static int head(struct ovpp_verify *v, struct ovpp_cbor *r)
{
	struct ovpp_tree_head head = {0};
	size_t epoch_at = r->at, size_at, root_at;
	int ret;

	memcpy(head.gateway, v->gateway, sizeof(head.gateway));
	head.epoch = (uint32_t)ovpp_cbor_uint(r, 0, UINT32_MAX);
	size_at = r->at;
	head.size = ovpp_cbor_uint(r, 1, OVPP_LOG_MAX);
	head.real_ms = ovpp_cbor_uint(r, 0, OVPP_CBOR_MAX);
	ovpp_cbor_bytes(r, head.root, sizeof(head.root));
	root_at = r->at - sizeof(head.root);
	ovpp_cbor_bytes(r, head.signature, sizeof(head.signature));
	ovpp_cbor_end(r);
	if (r->bad)
		return verify_malformed(v, r);
	ret = check_head(v, &head, size_at, root_at);
	if (!ret)
		ret = verify_epoch(v, head.epoch, head.size - 1, epoch_at);
	if (ret)
		return ret;
	if (ovpp_tree_head_check(&head, verify_key_of(v, head.epoch)))
		return verify_no(v, epoch_at,
				 "the head was changed, or the gateway did not sign it");
	v->next = ITEM(OVPP_BUNDLE_CONSISTENCY) | ITEM(OVPP_BUNDLE_BEGIN);
	if (v->last == OVPP_BUNDLE_INCLUSION)
		v->next |= ITEM(OVPP_BUNDLE_DEVICES) | ITEM(OVPP_BUNDLE_RECORD);
	v->result.head = head;
	v->result.has_head = true;
	return 0;
}

static int take_devices(struct ovpp_verify *v, struct ovpp_cbor *r)
{
	v->next &= ITEM(OVPP_BUNDLE_BATCH) | ITEM(OVPP_BUNDLE_RECORD);
	return verify_devices(v, r);
}

static int take_batch(struct ovpp_verify *v, struct ovpp_cbor *r)
{
	v->next = ITEM(OVPP_BUNDLE_DEVICES) | ITEM(OVPP_BUNDLE_BATCH) | ITEM(OVPP_BUNDLE_HEAD);
	return verify_batch(v, r);
}

static int take_record(struct ovpp_verify *v, struct ovpp_cbor *r)
{
	int ret = verify_record(v, r);

	v->next = ITEM(OVPP_BUNDLE_INCLUSION);
	if (v->bare)
		v->next |= ITEM(OVPP_BUNDLE_BEGIN);
	return ret;
}

static int (*const take[])(struct ovpp_verify *v, struct ovpp_cbor *r) = {
	[OVPP_BUNDLE_BEGIN] = begin,
	[OVPP_BUNDLE_KEY] = key,
	[OVPP_BUNDLE_DEVICES] = take_devices,
	[OVPP_BUNDLE_PREFIX] = prefix,
	[OVPP_BUNDLE_BATCH] = take_batch,
	[OVPP_BUNDLE_HEAD] = head,
	[OVPP_BUNDLE_RECORD] = take_record,
	[OVPP_BUNDLE_INCLUSION] = inclusion,
	[OVPP_BUNDLE_CONSISTENCY] = consistency,
};

static int take_item(struct ovpp_verify *v, struct ovpp_cbor *r)
{
	size_t start = r->at, n, kind_at;
	enum ovpp_bundle_item kind;
	int ret;

	v->result.fault.has_batch = v->result.fault.has_record = false;
	n = ovpp_cbor_array(r, 2, 6);
	kind_at = r->at;
	kind = (enum ovpp_bundle_item)ovpp_cbor_uint(r, 0, OVPP_BUNDLE_CONSISTENCY);
	if (r->bad)
		return verify_malformed(v, r);
	if (!(v->next & ITEM(kind)))
		return verify_no(v, kind_at, "this item may not stand here in a bundle");
	if (n != ovpp_bundle_elements(kind))
		return verify_no(v, start, "an item of this kind has another number of elements");
	ret = take[kind](v, r);
	v->last = kind;
	v->complete = kind == OVPP_BUNDLE_HEAD || (kind == OVPP_BUNDLE_RECORD && v->bare);
	return ret;
}

/*
 * The next item of the window, if all of it is there. One that is cut off or damaged is
 * read as far as it goes: so the first byte that is wrong is found. 1, 0 for none or
 * -errno.
 */
static int next_item(struct ovpp_verify *v, bool last)
{
	struct ovpp_cbor r = {v->window.data, v->window.size, v->start, false}, item = r;
	int ret;

	if (v->start == v->window.size)
		return 0;
	ovpp_cbor_skip(&r, OVPP_ITEM_MAX);
	if (r.bad && r.at == r.size && r.size - v->start < OVPP_ITEM_MAX && !last)
		return 0;
	if (!r.bad)
		item.size = r.at;
	ret = take_item(v, &item);
	v->start = item.size;
	return ret ? ret : 1;
}

/* Works off what is in the window; @last: nothing will come. */
static int work(struct ovpp_verify *v, bool last)
{
	int ret;

	do {
		ret = next_item(v, last);
	} while (ret > 0);
	if (ret)
		return ret;
	if (v->start)
		memmove(v->window.data, v->window.data + v->start, v->window.size - v->start);
	v->base += v->start;
	v->window.size -= v->start;
	v->start = 0;
	return 0;
}

int ovpp_verify_feed(struct ovpp_verify *v, const void *data, size_t size)
{
	const uint8_t *from = data;

	v->result.proven = false;
	while (size && !*v->result.fault.text) {
		size_t n = size < CHUNK ? size : CHUNK;
		int ret;

		ret = ovpp_buffer_add(&v->window, from, n);
		if (!ret)
			ret = work(v, false);
		if (ret)
			return ret;
		from += n;
		size -= n;
	}
	return *v->result.fault.text ? -EBADMSG : 0;
}

int ovpp_verify_end(struct ovpp_verify *v)
{
	int ret;

	v->result.proven = false;
	ret = *v->result.fault.text ? -EBADMSG : work(v, true);
	if (ret)
		return ret;
	if (!v->complete)
		return verify_no(v, 0,
				 v->base ? "the bundle ends here, but a head of the log must "
					   "be its last item"
					 : "the bundle is empty");
	v->result.proven = true;
	v->complete = false;
	v->part++;
	v->base = 0;
	return 0;
}

int ovpp_verify_fd(struct ovpp_verify *v, int fd)
{
	uint8_t *chunk = malloc(CHUNK);
	int ret = 0;

	if (!chunk)
		return -ENOMEM;
	while (!ret) {
		ssize_t n = read(fd, chunk, CHUNK);

		if (!n)
			break;
		if (n > 0)
			ret = ovpp_verify_feed(v, chunk, (size_t)n);
		else if (errno != EINTR)
			ret = -errno;
	}
	free(chunk);
	return ret ? ret : ovpp_verify_end(v);
}

struct ovpp_verify *ovpp_verify_new(const uint8_t gateway[OVPP_KEY_SIZE],
				    const struct ovpp_verify_options *options)
{
	struct ovpp_verify *v = calloc(1, sizeof(*v));

	if (!v)
		return NULL;
	if (options)
		v->options = *options;
	memcpy(v->gateway, gateway, sizeof(v->gateway));
	memcpy(v->result.head.gateway, gateway, sizeof(v->gateway));
	v->next = ITEM(OVPP_BUNDLE_BEGIN);
	v->from_start = true;
	return v;
}

void ovpp_verify_free(struct ovpp_verify *v)
{
	if (!v)
		return;
	tdestroy(v->lives, free);
	tdestroy(v->devices, free);
	tdestroy(v->tables, verify_table_free);
	ovpp_buffer_free(&v->window);
	free(v->keys);
	free(v);
}

const struct ovpp_verify_result *ovpp_verify_result(const struct ovpp_verify *v)
{
	return &v->result;
}

const uint8_t *ovpp_verify_key(const struct ovpp_verify *v, uint32_t epoch)
{
	return !epoch || epoch < v->n_keys ? verify_key_of(v, epoch) : NULL;
}

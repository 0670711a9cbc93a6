// SPDX-License-Identifier: GPL-2.0-or-later
#include "bundle.h"

#include "dcbor.h"

/* Of each item: how many elements it has is known from what it is. */
static const uint8_t elements[] = {
	[OVPP_BUNDLE_BEGIN] = 3,  [OVPP_BUNDLE_KEY] = 2,       [OVPP_BUNDLE_DEVICES] = 2,
	[OVPP_BUNDLE_PREFIX] = 3, [OVPP_BUNDLE_BATCH] = 4,     [OVPP_BUNDLE_HEAD] = 6,
	[OVPP_BUNDLE_RECORD] = 5, [OVPP_BUNDLE_INCLUSION] = 3, [OVPP_BUNDLE_CONSISTENCY] = 2,
};

size_t ovpp_bundle_elements(enum ovpp_bundle_item item)
{
	return elements[item];
}

/**
 * struct writer - an item that is being written
 * @w: writes
 * @start: of the item in the buffer
 */
struct writer {
	struct ovpp_cbor_out w;
	size_t start;
};

static struct writer begin(struct ovpp_buffer *out, enum ovpp_bundle_item item)
{
	struct writer i = {{out, 0}, out->size};

	ovpp_cbor_put_array(&i.w, elements[item]);
	ovpp_cbor_put_uint(&i.w, item);
	return i;
}

/* The whole item or nothing. */
static int end(struct writer *i)
{
	if (i->w.ret)
		i->w.out->size = i->start;
	return i->w.ret;
}

int ovpp_bundle_begin(struct ovpp_buffer *out, const uint8_t gateway[OVPP_KEY_SIZE])
{
	struct writer i = begin(out, OVPP_BUNDLE_BEGIN);

	ovpp_cbor_put_uint(&i.w, OVPP_BUNDLE_VERSION);
	ovpp_cbor_put_bytes(&i.w, gateway, OVPP_KEY_SIZE);
	return end(&i);
}

int ovpp_bundle_key(struct ovpp_buffer *out, const uint8_t *statement, size_t size)
{
	struct writer i = begin(out, OVPP_BUNDLE_KEY);

	ovpp_cbor_put_bytes(&i.w, statement, size);
	return end(&i);
}

int ovpp_bundle_devices(struct ovpp_buffer *out, const uint8_t *table, size_t size)
{
	struct writer i = begin(out, OVPP_BUNDLE_DEVICES);

	ovpp_cbor_put_bytes(&i.w, table, size);
	return end(&i);
}

int ovpp_bundle_prefix(struct ovpp_buffer *out, const struct ovpp_merkle *tree)
{
	struct writer i = begin(out, OVPP_BUNDLE_PREFIX);
	size_t n = (size_t)__builtin_popcountll(tree->size);

	ovpp_cbor_put_uint(&i.w, tree->size);
	ovpp_cbor_put_bytes(&i.w, tree->peak, n * OVPP_HASH_SIZE);
	return end(&i);
}

int ovpp_bundle_batch(struct ovpp_buffer *out, const uint8_t *cose, size_t size,
		      const ovpp_hash *hash, size_t n, const uint8_t (*entry)[OVPP_ENTRY_SIZE],
		      size_t n_entries)
{
	struct writer i = begin(out, OVPP_BUNDLE_BATCH);

	ovpp_cbor_put_bytes(&i.w, cose, size);
	ovpp_cbor_put_bytes(&i.w, hash, n * OVPP_HASH_SIZE);
	ovpp_cbor_put_bytes(&i.w, entry, n_entries * OVPP_ENTRY_SIZE);
	return end(&i);
}

int ovpp_bundle_head(struct ovpp_buffer *out, const struct ovpp_tree_head *head)
{
	struct writer i = begin(out, OVPP_BUNDLE_HEAD);

	ovpp_cbor_put_uint(&i.w, head->epoch);
	ovpp_cbor_put_uint(&i.w, head->size);
	ovpp_cbor_put_uint(&i.w, head->real_ms);
	ovpp_cbor_put_bytes(&i.w, head->root, sizeof(head->root));
	ovpp_cbor_put_bytes(&i.w, head->signature, sizeof(head->signature));
	return end(&i);
}

int ovpp_bundle_record(struct ovpp_buffer *out, const uint8_t *cose, size_t size, uint64_t index,
		       const ovpp_hash *path, size_t n, const uint8_t entry[OVPP_ENTRY_SIZE])
{
	struct writer i = begin(out, OVPP_BUNDLE_RECORD);

	ovpp_cbor_put_bytes(&i.w, cose, size);
	ovpp_cbor_put_uint(&i.w, index);
	ovpp_cbor_put_bytes(&i.w, path, n * OVPP_HASH_SIZE);
	ovpp_cbor_put_bytes(&i.w, entry, OVPP_ENTRY_SIZE);
	return end(&i);
}

int ovpp_bundle_inclusion(struct ovpp_buffer *out, uint64_t batch, const ovpp_hash *path, size_t n)
{
	struct writer i = begin(out, OVPP_BUNDLE_INCLUSION);

	ovpp_cbor_put_uint(&i.w, batch);
	ovpp_cbor_put_bytes(&i.w, path, n * OVPP_HASH_SIZE);
	return end(&i);
}

int ovpp_bundle_consistency(struct ovpp_buffer *out, const ovpp_hash *path, size_t n)
{
	struct writer i = begin(out, OVPP_BUNDLE_CONSISTENCY);

	ovpp_cbor_put_bytes(&i.w, path, n * OVPP_HASH_SIZE);
	return end(&i);
}

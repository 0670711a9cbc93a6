// SPDX-License-Identifier: GPL-2.0-or-later
/* What is signed beside headers: devices, keys, heads of the log. */
#include <endian.h>
#include <errno.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#include "dcbor.h"
#include "evidence.h"

/* What each signature is over begins with what it is for. */
#define FOR_SIZE 9
static const char for_device[] = "OVPP-DEV1", for_key[] = "OVPP-KEY1", for_head[] = "OVPP-TH1";

#define BINDING_SIZE (FOR_SIZE + 3 * OVPP_KEY_SIZE)

static void binding(const struct ovpp_device *d, const uint8_t gateway[OVPP_KEY_SIZE],
		    uint8_t data[BINDING_SIZE])
{
	memcpy(data, for_device, FOR_SIZE);
	data += FOR_SIZE;
	memcpy(data, gateway, OVPP_KEY_SIZE);
	memcpy(data + OVPP_KEY_SIZE, d->id, OVPP_KEY_SIZE);
	memcpy(data + 2 * OVPP_KEY_SIZE, d->key, OVPP_KEY_SIZE);
}

int ovpp_device_bind(struct ovpp_device *d, const uint8_t gateway[OVPP_KEY_SIZE], ovpp_sign sign,
		     void *arg)
{
	uint8_t data[BINDING_SIZE];

	binding(d, gateway, data);
	return sign(arg, data, sizeof(data), d->binding);
}

int ovpp_device_check(const struct ovpp_device *d, const uint8_t gateway[OVPP_KEY_SIZE])
{
	uint8_t data[BINDING_SIZE];

	binding(d, gateway, data);
	return crypto_sign_verify_detached(d->binding, data, sizeof(data), d->key) ? -EKEYREJECTED
										   : 0;
}

/* A device's elements: DER id, id, key, name, kind, serial, binding. */
#define DEVICE_ELEMENTS 7
/* No device takes fewer bytes. */
#define DEVICE_MIN (2 + 2 * (2 + OVPP_KEY_SIZE) + 2 + 2 + 1 + 2 + OVPP_SIGNATURE_SIZE)

static void get_device(struct ovpp_cbor *r, uint64_t min, struct ovpp_device *d)
{
	ovpp_cbor_array(r, DEVICE_ELEMENTS, DEVICE_ELEMENTS);
	d->der = (uint32_t)ovpp_cbor_uint(r, min, UINT32_MAX);
	ovpp_cbor_bytes(r, d->id, sizeof(d->id));
	ovpp_cbor_bytes(r, d->key, sizeof(d->key));
	ovpp_cbor_text(r, 1, d->name);
	ovpp_cbor_text(r, 1, d->kind);
	ovpp_cbor_text(r, 0, d->serial);
	ovpp_cbor_bytes(r, d->binding, sizeof(d->binding));
}

int ovpp_devices_decode(const uint8_t *data, size_t size, struct ovpp_device **d, size_t *n,
			size_t *at)
{
	struct ovpp_cbor r = {data, size, 0, false};
	struct ovpp_device *list;
	size_t count;

	count = ovpp_cbor_array(&r, 0, OVPP_DEVICES_MAX);
	if (count > size / DEVICE_MIN)
		ovpp_cbor_fail(&r, size);
	list = calloc(count ? count : 1, sizeof(*list));
	if (!list)
		return -ENOMEM;
	for (size_t i = 0; i < count && !r.bad; i++)
		get_device(&r, i ? list[i - 1].der + UINT64_C(1) : 1, &list[i]);
	ovpp_cbor_end(&r);
	if (r.bad) {
		*at = r.at;
		free(list);
		return -EBADMSG;
	}
	*d = list;
	*n = count;
	return 0;
}

static void put_device(struct ovpp_cbor_out *w, const struct ovpp_device *d)
{
	ovpp_cbor_put_array(w, DEVICE_ELEMENTS);
	ovpp_cbor_put_uint(w, d->der);
	ovpp_cbor_put_bytes(w, d->id, sizeof(d->id));
	ovpp_cbor_put_bytes(w, d->key, sizeof(d->key));
	ovpp_cbor_put_text(w, d->name);
	ovpp_cbor_put_text(w, d->kind);
	ovpp_cbor_put_text(w, d->serial);
	ovpp_cbor_put_bytes(w, d->binding, sizeof(d->binding));
}

int ovpp_devices_encode(const struct ovpp_device *d, size_t n, struct ovpp_buffer *out)
{
	struct ovpp_cbor_out w = {out, 0};
	struct ovpp_device *again = NULL;
	size_t start = out->size, at;
	int ret;

	ovpp_cbor_put_array(&w, n);
	for (size_t i = 0; i < n; i++)
		put_device(&w, &d[i]);
	ret = w.ret ? w.ret
		    : ovpp_devices_decode(out->data + start, out->size - start, &again, &n, &at);
	free(again);
	if (ret)
		out->size = start;
	return ret == -EBADMSG ? -EINVAL : ret;
}

/* Keys of a statement's map. */
enum { VERSION = 1, GATEWAY, EPOCH, KEY, FROM, REAL, REVOKED, REASON };

static void put_statement(struct ovpp_cbor_out *w, const struct ovpp_key_statement *s)
{
	ovpp_cbor_put_map(w, REASON);
	ovpp_cbor_put_uint(w, VERSION);
	ovpp_cbor_put_uint(w, OVPP_EVIDENCE_VERSION);
	ovpp_cbor_put_uint(w, GATEWAY);
	ovpp_cbor_put_bytes(w, s->gateway, sizeof(s->gateway));
	ovpp_cbor_put_uint(w, EPOCH);
	ovpp_cbor_put_uint(w, s->epoch);
	ovpp_cbor_put_uint(w, KEY);
	ovpp_cbor_put_bytes(w, s->key, sizeof(s->key));
	ovpp_cbor_put_uint(w, FROM);
	ovpp_cbor_put_uint(w, s->from);
	ovpp_cbor_put_uint(w, REAL);
	ovpp_cbor_put_uint(w, s->real_ns);
	ovpp_cbor_put_uint(w, REVOKED);
	ovpp_cbor_put_array(w, s->revokes ? 1 : 0);
	if (s->revokes)
		ovpp_cbor_put_uint(w, s->revoked_from);
	ovpp_cbor_put_uint(w, REASON);
	ovpp_cbor_put_text(w, s->reason);
}

static void get_statement(struct ovpp_cbor *r, struct ovpp_key_statement *s)
{
	memset(s, 0, sizeof(*s));
	ovpp_cbor_map(r, REASON);
	ovpp_cbor_uint(r, VERSION, VERSION);
	ovpp_cbor_uint(r, OVPP_EVIDENCE_VERSION, OVPP_EVIDENCE_VERSION);
	ovpp_cbor_uint(r, GATEWAY, GATEWAY);
	ovpp_cbor_bytes(r, s->gateway, sizeof(s->gateway));
	ovpp_cbor_uint(r, EPOCH, EPOCH);
	s->epoch = (uint32_t)ovpp_cbor_uint(r, 0, UINT32_MAX);
	ovpp_cbor_uint(r, KEY, KEY);
	ovpp_cbor_bytes(r, s->key, sizeof(s->key));
	ovpp_cbor_uint(r, FROM, FROM);
	s->from = ovpp_cbor_uint(r, 0, s->epoch ? OVPP_LOG_MAX : 0);
	ovpp_cbor_uint(r, REAL, REAL);
	s->real_ns = ovpp_cbor_uint(r, 0, OVPP_CBOR_MAX);
	ovpp_cbor_uint(r, REVOKED, REVOKED);
	s->revokes = ovpp_cbor_array(r, 0, s->epoch ? 1 : 0);
	if (s->revokes)
		s->revoked_from = ovpp_cbor_uint(r, 0, s->from);
	ovpp_cbor_uint(r, REASON, REASON);
	ovpp_cbor_text(r, 0, s->reason);
	ovpp_cbor_end(r);
}

/* What is signed; @out begins with it. */
static int statement_bytes(const struct ovpp_key_statement *s, struct ovpp_buffer *out)
{
	struct ovpp_cbor_out w = {out, 0};
	struct ovpp_key_statement again;
	struct ovpp_cbor r = {0};

	ovpp_cbor_put_literal(&w, for_key, FOR_SIZE);
	put_statement(&w, s);
	if (w.ret)
		return w.ret;
	r.data = out->data;
	r.size = out->size;
	r.at = FOR_SIZE;
	get_statement(&r, &again);
	return r.bad ? -EINVAL : 0;
}

int ovpp_key_statement_sign(const struct ovpp_key_statement *s, ovpp_sign prev, void *prev_arg,
			    ovpp_sign own, void *own_arg, struct ovpp_buffer *out)
{
	uint8_t by_prev[OVPP_SIGNATURE_SIZE], by_own[OVPP_SIGNATURE_SIZE];
	struct ovpp_cbor_out w = {out, 0};
	struct ovpp_buffer data = {0};
	size_t start = out->size;
	int ret;

	ret = !prev == !s->epoch ? statement_bytes(s, &data) : -EINVAL;
	if (!ret && prev)
		ret = prev(prev_arg, data.data, data.size, by_prev);
	if (!ret)
		ret = own(own_arg, data.data, data.size, by_own);
	if (!ret) {
		ovpp_cbor_put_array(&w, 3);
		ovpp_cbor_put_bytes(&w, data.data + FOR_SIZE, data.size - FOR_SIZE);
		ovpp_cbor_put_bytes(&w, by_prev, prev ? sizeof(by_prev) : 0);
		ovpp_cbor_put_bytes(&w, by_own, sizeof(by_own));
		ret = w.ret;
	}
	ovpp_buffer_free(&data);
	if (ret)
		out->size = start;
	return ret;
}

static bool signed_by(const struct ovpp_cbor *signature, const struct ovpp_cbor *statement,
		      const uint8_t key[OVPP_KEY_SIZE])
{
	uint8_t data[FOR_SIZE + OVPP_STATEMENT_MAX];
	size_t size = statement->size - statement->at;

	memcpy(data, for_key, FOR_SIZE);
	memcpy(data + FOR_SIZE, statement->data + statement->at, size);
	return !crypto_sign_verify_detached(signature->data + signature->at, data, FOR_SIZE + size,
					    key);
}

/* What must be so in the succession of keys; where it is not, the statement is wrong. */
static bool succeeds(const struct ovpp_key_statement *s, const struct ovpp_key_statement *prev)
{
	if (!prev)
		return !s->epoch && !memcmp(s->gateway, s->key, OVPP_KEY_SIZE);
	return s->epoch == prev->epoch + UINT64_C(1) && s->from >= prev->from &&
	       !memcmp(s->gateway, prev->gateway, OVPP_KEY_SIZE) &&
	       memcmp(s->key, prev->key, OVPP_KEY_SIZE);
}

int ovpp_key_statement_open(const uint8_t *data, size_t size, const struct ovpp_key_statement *prev,
			    struct ovpp_key_statement *s, size_t *at)
{
	struct ovpp_cbor r = {data, size, 0, false}, map, statement, by_prev, by_own;
	size_t signature = prev ? OVPP_SIGNATURE_SIZE : 0;
	bool good;

	ovpp_cbor_array(&r, 3, 3);
	map = ovpp_cbor_span(&r, 1, OVPP_STATEMENT_MAX - 4 - 2 * (2 + OVPP_SIGNATURE_SIZE));
	statement = map;
	get_statement(&map, s);
	if (!map.bad && !succeeds(s, prev))
		ovpp_cbor_fail(&map, statement.at);
	by_prev = ovpp_cbor_span(&r, signature, signature);
	by_own = ovpp_cbor_span(&r, OVPP_SIGNATURE_SIZE, OVPP_SIGNATURE_SIZE);
	ovpp_cbor_end(&r);
	*at = map.bad ? map.at : r.at;
	if (map.bad || r.bad)
		return -EBADMSG;
	good = signed_by(&by_own, &statement, s->key);
	if (!prev || signed_by(&by_prev, &statement, prev->key)) {
		*at = prev ? by_own.at : statement.at;
		return good ? 0 : -EKEYREJECTED;
	}
	/* If neither holds it is the statement that was changed. */
	*at = good ? by_prev.at : statement.at;
	return -EKEYREJECTED;
}

#define HEAD_FOR (sizeof(for_head) - 1)
#define HEAD_SIZE (HEAD_FOR + OVPP_KEY_SIZE + 3 * sizeof(uint64_t) + OVPP_HASH_SIZE)

static void head_bytes(const struct ovpp_tree_head *head, uint8_t data[HEAD_SIZE])
{
	const uint64_t number[] = {htobe64(head->epoch), htobe64(head->size),
				   htobe64(head->real_ms)};

	memcpy(data, for_head, HEAD_FOR);
	data += HEAD_FOR;
	memcpy(data, head->gateway, OVPP_KEY_SIZE);
	data += OVPP_KEY_SIZE;
	memcpy(data, number, sizeof(number));
	memcpy(data + sizeof(number), head->root, OVPP_HASH_SIZE);
}

int ovpp_tree_head_sign(struct ovpp_tree_head *head, ovpp_sign sign, void *arg)
{
	uint8_t data[HEAD_SIZE];

	head_bytes(head, data);
	return sign(arg, data, sizeof(data), head->signature);
}

int ovpp_tree_head_check(const struct ovpp_tree_head *head, const uint8_t key[OVPP_KEY_SIZE])
{
	uint8_t data[HEAD_SIZE];

	head_bytes(head, data);
	return crypto_sign_verify_detached(head->signature, data, sizeof(data), key) ? -EKEYREJECTED
										     : 0;
}

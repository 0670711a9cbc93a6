// SPDX-License-Identifier: GPL-2.0-or-later
/* The verifier: device tables, keys of devices, registers that never go back. */
#include <errno.h>
#include <search.h>
#include <stdlib.h>
#include <string.h>

#include "record.h"
#include "verify_state.h"

static int compare_tables(const void *a, const void *b)
{
	return memcmp(((const struct verify_table *)a)->hash,
		      ((const struct verify_table *)b)->hash, sizeof(ovpp_hash));
}

static int compare_devices(const void *a, const void *b)
{
	return memcmp(((const struct ovpp_verify_device *)a)->device.id,
		      ((const struct ovpp_verify_device *)b)->device.id, OVPP_KEY_SIZE);
}

void verify_table_free(void *table)
{
	struct verify_table *t = table;

	free(t->device);
	free(t->state);
	free(t);
}

/* A new table whose bytes are right; its devices are bound to the gateway. */
static int fill_table(struct ovpp_verify *v, const struct ovpp_cbor *bytes, struct verify_table *t)
{
	size_t at = 0;
	int ret;

	ret = ovpp_devices_decode(bytes->data + bytes->at, bytes->size - bytes->at, &t->device,
				  &t->n, &at);
	if (ret == -EBADMSG)
		return verify_no(v, bytes->at + at, "a device table is not encoded as it must be");
	if (ret)
		return ret;
	for (size_t i = 0; i < t->n; i++)
		if (ovpp_device_check(&t->device[i], v->gateway))
			return verify_no(
				v, bytes->at,
				"the binding of device \"%s\" in this table is not signed by "
				"its key",
				t->device[i].name);
	t->state = calloc(t->n ? t->n : 1, sizeof(*t->state));
	return t->state ? 0 : -ENOMEM;
}

int verify_devices(struct ovpp_verify *v, struct ovpp_cbor *r)
{
	struct ovpp_cbor bytes = ovpp_cbor_span(r, 1, OVPP_TABLE_MAX);
	struct verify_table probe = {0};
	int ret;

	ovpp_cbor_end(r);
	if (r->bad)
		return verify_malformed(v, r);
	if (v->table)
		return verify_no(v, bytes.at,
				 "the device table before this one is named by nothing");
	ovpp_sha256(bytes.data + bytes.at, bytes.size - bytes.at, probe.hash);
	v->table = verify_find(&v->tables, &probe, sizeof(probe), compare_tables);
	v->table_at = v->base + bytes.at;
	if (!v->table)
		return -ENOMEM;
	/* Not new: it was seen before. */
	ret = v->table->state ? 0 : fill_table(v, &bytes, v->table);
	return ret;
}

struct verify_table *verify_table_of(struct ovpp_verify *v, const struct ovpp_header *h)
{
	struct verify_table probe = {0}, **found;

	memcpy(probe.hash, h->devices, sizeof(probe.hash));
	found = tfind(&probe, &v->tables, compare_tables);
	return found ? *found : NULL;
}

/* What is known of a device of a table; its newest entry is kept. */
static int know(struct ovpp_verify *v, struct verify_table *t, size_t i,
		const struct ovpp_header *h, size_t at)
{
	const struct ovpp_device *d = &t->device[i];
	struct ovpp_verify_device *state = t->state[i];

	if (!state) {
		const struct ovpp_verify_device probe = {.device = *d, .epoch = h->epoch};

		state = verify_find(&v->devices, &probe, sizeof(probe), compare_devices);
		if (!state)
			return -ENOMEM;
		t->state[i] = state;
	}
	if (!h->epoch && memcmp(d->key, d->id, OVPP_KEY_SIZE))
		return verify_no(v, at, "device \"%s\" has another key than its first in epoch 0",
				 d->name);
	if (memcmp(d->key, state->device.key, OVPP_KEY_SIZE)) {
		if (h->epoch <= state->epoch)
			return verify_no(v, at,
					 "device \"%s\" has another key than before in the same "
					 "epoch of the gateway",
					 d->name);
		state->epoch = h->epoch;
	}
	state->device = *d;
	return 0;
}

int verify_device_keys(struct ovpp_verify *v, struct verify_table *t, const struct ovpp_header *h,
		       size_t at)
{
	int ret = 0;

	for (size_t i = 0; i < t->n && !ret; i++)
		ret = know(v, t, i, h, at);
	return ret;
}

static int compare_ders(const void *key, const void *entry)
{
	uint32_t a = *(const uint32_t *)key, b = ((const struct ovpp_device *)entry)->der;

	return a < b ? -1 : a > b;
}

/* Devices mostly take turns, so the next one is tried before all are searched. */
static bool find(const struct verify_table *t, uint32_t der, size_t *near)
{
	const struct ovpp_device *found;

	for (unsigned int i = 0; i < 2 && t->n; i++) {
		if (*near < t->n && t->device[*near].der == der)
			return true;
		*near = *near + 1 < t->n ? *near + 1 : 0;
	}
	found = bsearch(&der, t->device, t->n, sizeof(*found), compare_ders);
	if (found)
		*near = (size_t)(found - t->device);
	return found;
}

int verify_device_record(struct ovpp_verify *v, const struct verify_table *t, size_t *near,
			 const uint8_t *leaf, size_t at, struct ovpp_verify_device **state)
{
	uint32_t der = (uint32_t)verify_leaf(leaf, offsetof(struct ovpp_record, der), 4);
	bool sample = verify_leaf(leaf, offsetof(struct ovpp_record, type), 2) ==
		      OVPP_RECORD_SAMPLE;

	*state = NULL;
	if (find(t, der, near))
		*state = t->state[*near];
	else if (sample)
		return verify_no(v, at + offsetof(struct ovpp_record, der),
				 "the measurements of DER %u are of no device in the table", der);
	return 0;
}

static bool known(const uint8_t *leaf, enum ovpp_sample_value value)
{
	uint64_t bits = verify_leaf(leaf, offsetof(struct ovpp_record, sample.quality), 4);
	unsigned int quality = bits >> (2 * value) & 3;

	return quality == OVPP_QUALITY_GOOD || quality == OVPP_QUALITY_STALE;
}

/* Takes a register from the leaf: false if it went back. */
static bool take(uint64_t reg[2], bool *has, uint64_t value)
{
	bool back = *has && value < reg[1];

	if (!*has)
		reg[0] = value;
	*has = true;
	reg[1] = value;
	return !back;
}

int verify_device_registers(struct ovpp_verify *v, struct ovpp_verify_device *state,
			    const uint8_t *leaf, size_t at)
{
	const size_t import = offsetof(struct ovpp_record, sample.e_import_mwh);
	const size_t export = offsetof(struct ovpp_record, sample.e_export_mwh);

	if (known(leaf, OVPP_SAMPLE_E_IMPORT) &&
	    !take(state->e_import_mwh, &state->known[0], verify_leaf(leaf, import, 8)))
		return verify_no(v, at + import, "the import register of device \"%s\" goes back",
				 state->device.name);
	if (known(leaf, OVPP_SAMPLE_E_EXPORT) &&
	    !take(state->e_export_mwh, &state->known[1], verify_leaf(leaf, export, 8)))
		return verify_no(v, at + export, "the export register of device \"%s\" goes back",
				 state->device.name);
	return 0;
}

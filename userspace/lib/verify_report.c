// SPDX-License-Identifier: GPL-2.0-or-later
/* The verifier: what was found, for programs. */
#include <search.h>
#include <string.h>

#include "verify_state.h"

static const struct {
	const char *name;
	const char *text;
} remarks[] = {
	[OVPP_REMARK_GAP] = {"gap",
			     "records never came: the gateway lost them before it kept them"},
	[OVPP_REMARK_CLOCK] = {"clock-not-synchronized",
			       "the gateway's clock was not synchronized"},
	[OVPP_REMARK_STEP] = {"clock-step", "the gateway's clock was set by more than a second"},
	[OVPP_REMARK_LIFE] = {"new-life",
			      "a site began anew: the gateway or its control restarted"},
	[OVPP_REMARK_WITHHELD] = {"withheld", "not all records are shown"},
	[OVPP_REMARK_DEVICES] = {"devices-changed", "the devices of a site changed"},
	[OVPP_REMARK_STRANGER] = {"unknown-device", "an event is about a device that is not named"},
	[OVPP_REMARK_KEY] = {"key-rotated", "the gateway changed its key"},
	[OVPP_REMARK_REVOKED] = {"key-revoked", "the key that signed was revoked later"},
	[OVPP_REMARK_ALONE] = {"record-alone", "a record came without the table that says which "
					       "device its DER is"},
};

const char *ovpp_remark_name(enum ovpp_remark_kind kind)
{
	return remarks[kind].name;
}

const char *ovpp_remark_text(enum ovpp_remark_kind kind)
{
	return remarks[kind].text;
}

/**
 * struct visit - a walk through devices or sites
 * @device: called for each device
 * @site: called for each name of a site
 * @arg: their argument
 */
struct visit {
	void (*device)(void *arg, const struct ovpp_verify_device *d);
	void (*site)(void *arg, const char *site);
	void *arg;
};

static void visit_device(const void *node, VISIT which, void *arg)
{
	const struct visit *visit = arg;

	if (which == postorder || which == leaf)
		visit->device(visit->arg, *(struct ovpp_verify_device *const *)node);
}

void ovpp_verify_devices(const struct ovpp_verify *v,
			 void (*visit)(void *arg, const struct ovpp_verify_device *d), void *arg)
{
	struct visit walk = {.device = visit, .arg = arg};

	twalk_r(v->devices, visit_device, &walk);
}

static int compare_names(const void *a, const void *b)
{
	return strcmp(a, b);
}

/* Many lives have one name: the tree of names has each once. */
static void add_name(const void *node, VISIT which, void *names)
{
	const struct verify_life *life = *(struct verify_life *const *)node;

	if (which == postorder || which == leaf)
		tsearch(life->last.site, names, compare_names);
}

static void visit_site(const void *node, VISIT which, void *arg)
{
	const struct visit *visit = arg;

	if (which == postorder || which == leaf)
		visit->site(visit->arg, *(const char *const *)node);
}

static void keep(void *name)
{
	(void)name;
}

void ovpp_verify_sites(const struct ovpp_verify *v, void (*visit)(void *arg, const char *site),
		       void *arg)
{
	struct visit walk = {.site = visit, .arg = arg};
	void *names = NULL;

	twalk_r(v->lives, add_name, &names);
	twalk_r(names, visit_site, &walk);
	tdestroy(names, keep);
}

/* An array of hexadecimal text for bytes; NULL for none. */
static json_t *hex(const uint8_t *data, size_t n)
{
	char text[2 * OVPP_SIGNATURE_SIZE + 1];

	ovpp_hex(data, n, text);
	return n ? json_string(text) : json_null();
}

static json_t *integer(uint64_t value)
{
	return json_integer((json_int_t)value);
}

static json_t *registers(const uint64_t value[2], bool known)
{
	return known ? json_pack("[o, o]", integer(value[0]), integer(value[1])) : json_null();
}

static void add_device(void *array, const struct ovpp_verify_device *d)
{
	json_array_append_new(array,
			      json_pack("{s:o, s:s, s:s, s:s, s:o, s:o, s:o}", "id",
					hex(d->device.id, OVPP_KEY_SIZE), "name", d->device.name,
					"kind", d->device.kind, "serial", d->device.serial,
					"records", integer(d->records), "e_import_mwh",
					registers(d->e_import_mwh, d->known[0]), "e_export_mwh",
					registers(d->e_export_mwh, d->known[1])));
}

static void add_site(void *array, const char *site)
{
	json_array_append_new(array, json_string(site));
}

static json_t *devices(const struct ovpp_verify *v)
{
	json_t *array = json_array();

	ovpp_verify_devices(v, add_device, array);
	return array;
}

static json_t *sites(const struct ovpp_verify *v)
{
	json_t *array = json_array();

	ovpp_verify_sites(v, add_site, array);
	return array;
}

static json_t *head(const struct ovpp_verify_result *result)
{
	const struct ovpp_tree_head *h = &result->head;

	if (!result->has_head)
		return json_null();
	return json_pack("{s:o, s:o, s:o, s:o}", "epoch", integer(h->epoch), "size",
			 integer(h->size), "real_ms", integer(h->real_ms), "root",
			 hex(h->root, sizeof(h->root)));
}

static json_t *remark_list(const struct ovpp_verify_result *result)
{
	json_t *array = json_array();

	for (unsigned int kind = 0; kind < OVPP_REMARKS; kind++) {
		const struct ovpp_remark *remark = &result->remark[kind];

		if (remark->batches)
			json_array_append_new(
				array, json_pack("{s:s, s:s, s:o, s:o}", "kind", remarks[kind].name,
						 "text", remarks[kind].text, "batches",
						 integer(remark->batches), "first_batch",
						 integer(remark->first)));
	}
	return array;
}

static json_t *fault(const struct ovpp_fault *f)
{
	if (!*f->text)
		return json_null();
	return json_pack("{s:s, s:i, s:o, s:o, s:o, s:o, s:o}", "text", f->text, "part",
			 (int)f->part, "offset", integer(f->offset), "batch",
			 f->has_batch ? integer(f->batch) : json_null(), "record",
			 f->has_record ? integer(f->record) : json_null(), "expected",
			 hex(f->expected, f->n_expected), "found", hex(f->found, f->n_found));
}

json_t *ovpp_verify_json(const struct ovpp_verify *v)
{
	const struct ovpp_verify_result *r = &v->result;

	return json_pack("{s:b, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, "
			 "s:o, s:o, s:o, s:o}",
			 "proven", r->proven, "gateway", hex(v->gateway, OVPP_KEY_SIZE), "sites",
			 sites(v), "batches", integer(r->batches), "first_batch",
			 integer(r->first_batch), "last_batch", integer(r->last_batch), "records",
			 integer(r->records), "disclosed", integer(r->disclosed), "gaps",
			 integer(r->gaps), "lost", integer(r->lost), "lives", integer(r->lives),
			 "keys", integer(r->keys), "real_min_ns", integer(r->real_min_ns),
			 "real_max_ns", integer(r->real_max_ns), "devices", devices(v), "head",
			 head(r), "remarks", remark_list(r), "fault", fault(&r->fault));
}

// SPDX-License-Identifier: GPL-2.0-or-later
#include "chain_devices.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "device_identity.h"
#include "spec.h"

/* Of a group SQLite takes the other columns from the row of the maximum. */
static const char devices_sql[] = "SELECT d.id, n.name, n.kind FROM device d"
				  " LEFT JOIN (SELECT *, MAX(instance) FROM der GROUP BY device) n"
				  " ON n.device = d.id ORDER BY d.id";

/**
 * struct device - a device of the ledger
 * @number: there
 * @name: of its DER
 * @kind: enum ovpp_kind
 */
struct device {
	int64_t number;
	char name[OVPP_NAME_SIZE];
	uint8_t kind;
};

static int failed(const struct chain_steps *s)
{
	cli_error(s->c->cli, "%s: %s", s->c->ledger, sqlite3_errmsg(s->g->sql));
	return CLI_REFUSED;
}

static void read_device(sqlite3_stmt *st, struct device *d)
{
	const char *name = (const char *)sqlite3_column_text(st, 1);
	int kind = ovpp_spec_value(ovpp_spec_enum("der-kind"),
				   (const char *)sqlite3_column_text(st, 2));

	d->number = sqlite3_column_int64(st, 0);
	snprintf(d->name, sizeof(d->name), "%s", name ? name : "");
	d->kind = kind < 0 ? OVPP_KIND_OTHER : (uint8_t)kind;
}

/* All of them, since nothing may be open while something is sent. */
static int list(const struct chain_steps *s, struct device **device, size_t *n)
{
	sqlite3_stmt *st;
	struct device *more;
	int rc = sqlite3_prepare_v2(s->g->sql, devices_sql, -1, &st, NULL);

	while (!rc && (rc = sqlite3_step(st)) == SQLITE_ROW) {
		more = reallocarray(*device, *n + 1, sizeof(*more));
		rc = more ? SQLITE_OK : SQLITE_NOMEM;
		if (!more)
			break;
		*device = more;
		read_device(st, &more[(*n)++]);
	}
	sqlite3_finalize(st);
	return rc == SQLITE_DONE ? CLI_OK : failed(s);
}

/*
 * What the contract has of a device. One that is not there gets the row of the key in
 * force, before it is sent: it is found again after any interruption.
 */
static int find(const struct chain_steps *s, const struct device *d,
		const uint8_t key[OVPP_KEY_SIZE], struct ovpp_device_identity *x,
		struct ovpp_registry_state *state)
{
	int ret = ovpp_device_identity_get(s->g->sql, x);

	*state = (struct ovpp_registry_state){0};
	if (ret && ret != -ENOENT)
		return failed(s);
	if (!ret) {
		ret = ovpp_registry_read(s->c->session, x->id, x->key, state);
		if (ret)
			return chain_failed(s->c, d->name, ret);
	}
	if (state->registered || s->prepare || !cli_flag(s->c->cli, "devices"))
		return CLI_OK;
	ovpp_registry_id(&s->g->at, key, s->g->identity.owner, x->id);
	memcpy(x->key, key, sizeof(x->key));
	x->registered = false;
	return ovpp_device_identity_put(s->g->sql, x) ? failed(s) : CLI_OK;
}

static int do_device(struct chain_steps *s, const struct device *d,
		     const struct ovpp_keyring *keyring, uint64_t since, json_t *devices)
{
	struct ovpp_device_identity x = {.chain_id = s->g->at.chain_id, .device = d->number};
	struct ovpp_keyring_device signer = {keyring, (uint64_t)d->number};
	struct ovpp_registry_subject subject = {.kind = d->kind, .since = since};
	struct ovpp_registry_state state;
	char what[OVPP_NAME_SIZE + 40];
	int ret;

	memcpy(x.registry, s->g->at.address, sizeof(x.registry));
	ovpp_keyring_device_public(keyring, signer.device, subject.key);
	ret = find(s, d, subject.key, &x, &state);
	if (ret || (!state.registered && !cli_flag(s->c->cli, "devices")))
		return ret;
	memcpy(subject.id, x.id, sizeof(subject.id));
	memcpy(subject.owner, s->g->identity.owner, sizeof(subject.owner));
	snprintf(what, sizeof(what), "device %lld (%s)", (long long)d->number, d->name);
	ret = chain_steps_do(s, what, &state, &subject, ovpp_keyring_device_sign, &signer);
	if (ret || s->prepare)
		return ret;
	x.registered = true;
	if (ovpp_device_identity_put(s->g->sql, &x))
		return failed(s);
	json_array_append_new(devices,
			      json_pack("{s:I, s:s, s:o}", "device", (json_int_t)d->number, "name",
					d->name, "id", chain_hex(x.id, sizeof(x.id))));
	return CLI_OK;
}

int chain_devices(struct chain_steps *s, const struct ovpp_keyring *keyring, uint64_t since,
		  json_t *devices)
{
	struct device *device = NULL;
	size_t n = 0;
	int ret = list(s, &device, &n);

	for (size_t i = 0; i < n && !ret; i++)
		ret = do_device(s, &device[i], keyring, since, devices);
	free(device);
	return ret;
}

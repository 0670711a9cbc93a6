// SPDX-License-Identifier: GPL-2.0-or-later
/* Lives of sites, their DER, and which devices those are. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ledger_priv.h"

static void bind_text(sqlite3_stmt *st, int at, const char *text)
{
	sqlite3_bind_text(st, at, text, -1, SQLITE_TRANSIENT);
}

static void copy_text(char *to, const char *from)
{
	snprintf(to, OVPP_NAME_SIZE, "%s", from ? from : "");
}

static void life_free(struct ledger_life *life)
{
	free(life->member);
	free(life);
}

void ledger_lives_drop(struct ovpp_ledger *l)
{
	while (l->lives) {
		struct ledger_life *life = l->lives;

		l->lives = life->next;
		life_free(life);
	}
	while (l->devices) {
		struct ledger_device *device = l->devices;

		l->devices = device->next;
		free(device);
	}
}

/* The row of a life, made at its first use. */
static int find_instance(struct ovpp_ledger *l, const struct ovpp_life *key, int64_t *id,
			 char *name)
{
	sqlite3_stmt *st = l->st[LEDGER_INSTANCE_FIND];
	int ret, rc;

	sqlite3_bind_int64(st, 1, l->boot);
	sqlite3_bind_int64(st, 2, key->site);
	sqlite3_bind_int64(st, 3, (int64_t)key->node);
	rc = sqlite3_step(st);
	*name = '\0';
	if (rc == SQLITE_ROW) {
		*id = sqlite3_column_int64(st, 0);
		copy_text(name, (const char *)sqlite3_column_text(st, 1));
	}
	sqlite3_reset(st);
	if (rc != SQLITE_DONE)
		return ovpp_sql_errno(rc);

	ret = OVPP_SQL_RUN(l->st[LEDGER_INSTANCE_ADD], l->boot, key->site, (int64_t)key->node);
	*id = sqlite3_last_insert_rowid(l->sql);
	return ret;
}

/* For good: headers say that a life has one name. */
static int name_instance(struct ovpp_ledger *l, int64_t id, const char *name)
{
	sqlite3_stmt *st = l->st[LEDGER_INSTANCE_NAME];

	sqlite3_bind_int64(st, 1, id);
	bind_text(st, 2, name);
	return ovpp_sql_step(st);
}

/* A device that was never seen gets the next number, and the key that goes with it. */
static int add_device(struct ovpp_ledger *l, const char *ident, int64_t *id)
{
	sqlite3_stmt *st = l->st[LEDGER_DEVICE_ADD];
	uint8_t key[OVPP_KEY_SIZE];

	*id = ovpp_sql_number(l->sql, "SELECT COALESCE(MAX(id) + 1, 0) FROM device");
	if (*id < 0)
		return -EIO;
	ovpp_keyring_device_public(l->key, (uint64_t)*id, key);
	sqlite3_bind_int64(st, 1, *id);
	bind_text(st, 2, ident);
	sqlite3_bind_blob(st, 3, key, sizeof(key), SQLITE_STATIC);
	return ovpp_sql_step(st);
}

static int find_device(struct ovpp_ledger *l, const char *ident, int64_t *id)
{
	sqlite3_stmt *st = l->st[LEDGER_DEVICE_FIND];
	int ret;

	bind_text(st, 1, ident);
	ret = ovpp_sql_row(st, 1, id);
	return ret == -ENOENT ? add_device(l, ident, id) : ret;
}

/**
 * struct der - a DER as somebody named it
 * @id: DER id
 * @name: name
 * @kind: word
 * @serial: serial number or ""
 */
struct der {
	uint32_t id;
	const char *name;
	const char *kind;
	const char *serial;
};

/* With a serial number it is the same device under any name and on any site. */
static int set_der(struct ovpp_ledger *l, int64_t instance, const char *site, const struct der *der)
{
	sqlite3_stmt *st = l->st[LEDGER_DER_SET];
	char ident[3 * OVPP_NAME_SIZE];
	int64_t device;
	int ret;

	if (*der->serial)
		snprintf(ident, sizeof(ident), "serial %s", der->serial);
	else
		snprintf(ident, sizeof(ident), "%s/%s", site, der->name);
	ret = find_device(l, ident, &device);
	if (ret)
		return ret;
	sqlite3_bind_int64(st, 1, instance);
	sqlite3_bind_int64(st, 2, der->id);
	sqlite3_bind_int64(st, 3, device);
	bind_text(st, 4, site);
	bind_text(st, 5, der->name);
	bind_text(st, 6, der->kind);
	bind_text(st, 7, der->serial);
	return ovpp_sql_step(st);
}

/* Columns of LEDGER_DER_ALL. */
enum der_column {
	DER_ID,
	DER_DEVICE,
	DER_KEY,
	DER_NAME,
	DER_KIND,
	DER_SERIAL,
	DER_BASE_IMPORT,
	DER_E_IMPORT,
	DER_BASE_EXPORT,
	DER_E_EXPORT,
};

/*
 * One for all DER that are this device: a serial number that two have at the same time
 * must not make its registers go back.
 */
static struct ledger_device *get_device(struct ovpp_ledger *l, sqlite3_stmt *st)
{
	int64_t id = sqlite3_column_int64(st, DER_DEVICE);
	struct ledger_device *d = l->devices;

	while (d && d->id != id)
		d = d->next;
	if (d)
		return d;
	d = malloc(sizeof(*d));
	if (!d)
		return NULL;
	*d = (struct ledger_device){
		.next = l->devices,
		.id = id,
		.import = {(uint64_t)sqlite3_column_int64(st, DER_BASE_IMPORT),
			   (uint64_t)sqlite3_column_int64(st, DER_E_IMPORT)},
		.export = {(uint64_t)sqlite3_column_int64(st, DER_BASE_EXPORT),
			   (uint64_t)sqlite3_column_int64(st, DER_E_EXPORT)},
	};
	l->devices = d;
	return d;
}

static int add_member(struct ovpp_ledger *l, struct ledger_life *life, sqlite3_stmt *st)
{
	struct ledger_device *device = get_device(l, st);
	struct ledger_member *more;

	if (!device)
		return -ENOMEM;
	more = realloc(life->member, (life->n_members + 1) * sizeof(*more));
	if (!more)
		return -ENOMEM;
	life->member = more;
	more[life->n_members++] = (struct ledger_member){
		.der = (uint32_t)sqlite3_column_int64(st, DER_ID),
		.device = device,
	};
	return 0;
}

static int load_members(struct ovpp_ledger *l, struct ledger_life *life)
{
	sqlite3_stmt *st = l->st[LEDGER_DER_ALL];
	int rc, ret = 0;

	life->n_members = 0;
	sqlite3_bind_int64(st, 1, life->instance);
	while ((rc = sqlite3_step(st)) == SQLITE_ROW && !ret)
		ret = add_member(l, life, st);
	sqlite3_reset(st);
	return ret ? ret : ovpp_sql_errno(rc);
}

static int load_life(struct ovpp_ledger *l, struct ledger_life *life)
{
	int64_t next = 0;
	int ret = find_instance(l, &life->key, &life->instance, life->name);

	/* Its name has not been told yet, but a batch has to have one. */
	if (!ret && !*life->name) {
		snprintf(life->name, sizeof(life->name), "site-%u", life->key.site);
		ret = name_instance(l, life->instance, life->name);
	}
	if (ret)
		return ret;
	sqlite3_bind_int64(l->st[LEDGER_INSTANCE_NEXT], 1, life->instance);
	sqlite3_bind_int64(l->st[LEDGER_INSTANCE_NEXT], 2, l->boot);
	ret = ovpp_sql_row(l->st[LEDGER_INSTANCE_NEXT], 1, &next);
	if (ret && ret != -ENOENT)
		return ret;
	life->next_seq = (uint64_t)next;
	return load_members(l, life);
}

int ledger_life_get(struct ovpp_ledger *l, const struct ovpp_life *key, struct ledger_life **out)
{
	struct ledger_life *life;
	int ret;

	for (life = l->lives; life; life = life->next) {
		if (life->key.site == key->site && life->key.node == key->node) {
			*out = life;
			return 0;
		}
	}
	life = calloc(1, sizeof(*life));
	if (!life)
		return -ENOMEM;
	life->key = *key;
	ret = load_life(l, life);
	if (ret) {
		life_free(life);
		return ret;
	}
	life->next = l->lives;
	l->lives = life;
	*out = life;
	return 0;
}

static int compare_der(const void *key, const void *member)
{
	uint32_t a = *(const uint32_t *)key, b = ((const struct ledger_member *)member)->der;

	return a < b ? -1 : a > b;
}

static struct ledger_member *find_member(const struct ledger_life *life, uint32_t id)
{
	if (!life->n_members)
		return NULL;
	return bsearch(&id, life->member, life->n_members, sizeof(*life->member), compare_der);
}

struct ledger_member *ledger_member_get(struct ovpp_ledger *l, struct ledger_life *life,
					uint32_t id)
{
	char name[OVPP_NAME_SIZE];
	struct der der = {id, name, "other", ""};
	struct ledger_member *m = find_member(life, id);

	if (m)
		return m;
	/* Its record came before word of it: it is named when that comes. */
	snprintf(name, sizeof(name), "der-%u", id);
	if (ledger_samples_write(l, life) || set_der(l, life->instance, life->name, &der) ||
	    load_members(l, life))
		return NULL;
	life->table_known = false;
	return find_member(life, id);
}

static int read_device(struct ovpp_ledger *l, sqlite3_stmt *st, struct ovpp_device *d)
{
	if (sqlite3_column_bytes(st, DER_KEY) != OVPP_KEY_SIZE)
		return -EBADMSG;
	*d = (struct ovpp_device){.der = (uint32_t)sqlite3_column_int64(st, DER_ID)};
	memcpy(d->id, sqlite3_column_blob(st, DER_KEY), OVPP_KEY_SIZE);
	copy_text(d->name, (const char *)sqlite3_column_text(st, DER_NAME));
	copy_text(d->kind, (const char *)sqlite3_column_text(st, DER_KIND));
	copy_text(d->serial, (const char *)sqlite3_column_text(st, DER_SERIAL));
	return ovpp_keyring_device_bind(l->key, (uint64_t)sqlite3_column_int64(st, DER_DEVICE),
					l->gateway, d);
}

/* The table of a life as it is signed. */
static int make_table(struct ovpp_ledger *l, const struct ledger_life *life,
		      struct ovpp_buffer *out)
{
	struct ovpp_device *d = calloc(life->n_members + 1, sizeof(*d));
	sqlite3_stmt *st = l->st[LEDGER_DER_ALL];
	size_t n = 0;
	int rc = SQLITE_DONE, ret = d ? 0 : -ENOMEM;

	sqlite3_bind_int64(st, 1, life->instance);
	while (!ret && n < life->n_members && (rc = sqlite3_step(st)) == SQLITE_ROW)
		ret = read_device(l, st, &d[n++]);
	sqlite3_reset(st);
	if (!ret)
		ret = ovpp_sql_errno(rc);
	if (!ret)
		ret = ovpp_devices_encode(d, n, out);
	free(d);
	return ret;
}

static int keep_table(struct ovpp_ledger *l, const ovpp_hash hash, const struct ovpp_buffer *table,
		      int64_t *id)
{
	sqlite3_stmt *st = l->st[LEDGER_TABLE_FIND];
	int ret;

	sqlite3_bind_blob(st, 1, hash, OVPP_HASH_SIZE, SQLITE_STATIC);
	ret = ovpp_sql_row(st, 1, id);
	if (ret != -ENOENT)
		return ret;
	st = l->st[LEDGER_TABLE_ADD];
	sqlite3_bind_blob(st, 1, hash, OVPP_HASH_SIZE, SQLITE_STATIC);
	sqlite3_bind_blob(st, 2, table->data, (int)table->size, SQLITE_STATIC);
	ret = ovpp_sql_step(st);
	*id = sqlite3_last_insert_rowid(l->sql);
	return ret;
}

int ledger_table_know(struct ovpp_ledger *l, struct ledger_life *life)
{
	uint32_t epoch = ovpp_keyring_epoch(l->key);
	struct ovpp_buffer table = {0};
	int ret;

	if (life->table_known && life->table_epoch == epoch)
		return 0;
	ret = make_table(l, life, &table);
	if (!ret) {
		ovpp_sha256(table.data, table.size, life->table_hash);
		ret = keep_table(l, life->table_hash, &table, &life->table);
	}
	if (!ret)
		ret = OVPP_SQL_RUN(l->st[LEDGER_INSTANCE_TABLE], life->instance, life->table);
	ovpp_buffer_free(&table);
	life->table_epoch = epoch;
	life->table_known = !ret;
	return ret;
}

static int write_state(struct ovpp_ledger *l, const char *key, const char *value, uint64_t real_ns)
{
	sqlite3_stmt *st = l->st[LEDGER_STATE_SET];

	bind_text(st, 1, key);
	bind_text(st, 2, value);
	sqlite3_bind_int64(st, 3, (int64_t)real_ns);
	return ovpp_sql_step(st);
}

static const char *text_of(const json_t *object, const char *key)
{
	const char *text = json_string_value(json_object_get(object, key));

	return text ? text : "";
}

static int write_instance(struct ovpp_ledger *l, const json_t *note)
{
	struct ovpp_life key = {
		.site = (uint32_t)json_integer_value(json_object_get(note, "site")),
		.node = (uint64_t)json_integer_value(json_object_get(note, "node")),
	};
	char name[OVPP_NAME_SIZE], old[OVPP_NAME_SIZE];
	const json_t *item;
	int64_t id;
	size_t i;
	int ret;

	copy_text(name, text_of(note, "name"));
	ret = find_instance(l, &key, &id, old);
	if (!ret)
		ret = name_instance(l, id, name);
	json_array_foreach (json_object_get(note, "ders"), i, item) {
		struct der der = {
			(uint32_t)json_integer_value(json_object_get(item, "id")),
			text_of(item, "name"),
			text_of(item, "kind"),
			text_of(item, "serial"),
		};

		if (!ret)
			ret = set_der(l, id, name, &der);
	}
	return ret;
}

int ledger_notes_write(struct ovpp_ledger *l, const json_t *notes, uint64_t real_ns)
{
	const json_t *states = json_object_get(notes, "state");
	const json_t *instances = json_object_get(notes, "instance");
	const char *key;
	json_t *value;
	size_t i;
	int ret = 0;

	json_object_foreach ((json_t *)states, key, value) {
		ret = write_state(l, key, json_string_value(value), real_ns);
		if (ret)
			return ret;
	}
	json_array_foreach (instances, i, value) {
		ret = write_instance(l, value);
		if (ret)
			return ret;
	}
	/* Read anew, with the names that they have now. */
	if (json_array_size(instances))
		ledger_lives_drop(l);
	return ret;
}

// SPDX-License-Identifier: GPL-2.0-or-later
#include "print.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "record.h"
#include "units.h"

void print_keep(void *print, const struct ovpp_record *rec, const struct ovpp_device *d)
{
	struct print *p = print;
	struct print_record *to;

	if (!p->record)
		p->record = calloc(PRINT_RECORDS, sizeof(*p->record));
	if (p->record && p->n < PRINT_RECORDS) {
		to = &p->record[p->n];
		to->rec = *rec;
		if (d)
			to->device = *d;
	}
	p->n++;
}

void print_free(struct print *p)
{
	free(p->record);
}

/* How many are shown one by one: those that came alone, not in the batches of a life. */
static size_t shown(const struct print *p, const struct ovpp_verify *v)
{
	size_t n = p->n < PRINT_RECORDS ? p->n : PRINT_RECORDS;

	return p->record && !ovpp_verify_result(v)->lives ? n : 0;
}

static json_t *records_json(const struct print *p, const struct ovpp_verify *v)
{
	json_t *array = json_array();

	for (size_t i = 0; i < shown(p, v); i++) {
		json_t *obj = ovpp_record_json(&p->record[i].rec);

		if (*p->record[i].device.name)
			json_object_set_new(obj, "name", json_string(p->record[i].device.name));
		json_array_append_new(array, obj);
	}
	return array;
}

static void add_chain(json_t *obj, const struct onchain *chain)
{
	bool no = chain->asked && *chain->fault.text;

	json_object_set_new(obj, "chain", chain->asked ? onchain_json(chain) : json_null());
	if (no)
		json_object_set_new(obj, "proven", json_false());
}

int print_json(const struct print *p, const struct ovpp_verify *v, const struct onchain *chain)
{
	json_t *obj = ovpp_verify_json(v);
	int ret;

	if (obj && chain)
		add_chain(obj, chain);
	ret = obj && !json_object_set_new(obj, "shown", records_json(p, v)) &&
			      !json_dumpf(obj, stdout, JSON_INDENT(2)) && putchar('\n') != EOF &&
			      !fflush(stdout)
		      ? 0
		      : -EIO;
	json_decref(obj);
	return ret;
}

/* "2026-03-01 12:00:00 UTC" */
static void print_time(uint64_t real_ns)
{
	time_t t = (time_t)(real_ns / 1000000000);
	struct tm tm;
	char text[64];

	if (gmtime_r(&t, &tm) && strftime(text, sizeof(text), "%Y-%m-%d %H:%M:%S UTC", &tm))
		fputs(text, stdout);
	else
		printf("%" PRIu64 " ns", real_ns);
}

static void print_register(const char *verb, const uint64_t value[2], bool known)
{
	char text[OVPP_UNITS_TEXT];

	if (!known)
		return;
	ovpp_units_format((int64_t)(value[1] - value[0]), OVPP_UNIT_MWH, 3, text, sizeof(text));
	printf(", %s %s", verb, text);
}

static void print_device(void *arg, const struct ovpp_verify_device *d)
{
	(void)arg;
	if (!d->records)
		return;
	printf("  %s (%s%s%s): %" PRIu64 " records", d->device.name, d->device.kind,
	       *d->device.serial ? ", serial " : "", d->device.serial, d->records);
	print_register("took", d->e_import_mwh, d->known[0]);
	print_register("gave", d->e_export_mwh, d->known[1]);
	putchar('\n');
}

static void print_site(void *first, const char *site)
{
	printf("%s%s", *(bool *)first ? "" : ", ", site);
	*(bool *)first = false;
}

static void print_value(const char *key, const json_t *value)
{
	char text[OVPP_UNITS_TEXT];

	if (json_is_integer(value)) {
		ovpp_units_format(json_integer_value(value), ovpp_units_of(key), -1, text,
				  sizeof(text));
		printf("    %-14s %s\n", key, text);
	} else if (json_is_string(value)) {
		printf("    %-14s %s\n", key, json_string_value(value));
	} else if (json_is_boolean(value)) {
		printf("    %-14s %s\n", key, json_is_true(value) ? "yes" : "no");
	}
}

/* Values that are not known are left out. */
static void print_record(const struct print_record *r)
{
	json_t *obj = ovpp_record_json(&r->rec), *value;
	const char *key;

	printf("  record %" PRIu64 "%s%s at ", (uint64_t)r->rec.seq, *r->device.name ? " of " : "",
	       r->device.name);
	print_time(r->rec.real_ns);
	putchar('\n');
	json_object_foreach (obj, key, value) {
		if (strcmp(key, "seq") && strcmp(key, "real_ns"))
			print_value(key, value);
	}
	json_decref(obj);
}

static void print_remarks(const struct ovpp_verify_result *r)
{
	for (unsigned int kind = 0; kind < OVPP_REMARKS; kind++)
		if (r->remark[kind].batches)
			printf("Remark:   %s (batches: %" PRIu64 ", the first: %" PRIu64 ")\n",
			       ovpp_remark_text(kind), r->remark[kind].batches,
			       r->remark[kind].first);
}

static void print_fault(const struct ovpp_verify_result *r, char *const *paths)
{
	char expected[2 * OVPP_FAULT_BYTES + 1], found[2 * OVPP_FAULT_BYTES + 1];
	const struct ovpp_fault *f = &r->fault;

	ovpp_hex(f->expected, f->n_expected, expected);
	ovpp_hex(f->found, f->n_found, found);
	printf("NOT PROVEN: %s\n", f->text);
	printf("  at byte %" PRIu64 " of %s", f->offset, paths[f->part]);
	if (f->has_batch)
		printf(", batch %" PRIu64, f->batch);
	if (f->has_record)
		printf(", record %" PRIu64, f->record);
	putchar('\n');
	if (f->n_expected)
		printf("  expected: %s\n", expected);
	if (f->n_found)
		printf("  found:    %s\n", found);
}

static void print_proven(const struct print *p, const struct ovpp_verify *v)
{
	const struct ovpp_verify_result *r = ovpp_verify_result(v);
	char gateway[2 * OVPP_KEY_SIZE + 1];
	bool first = true;

	ovpp_hex(r->head.gateway, OVPP_KEY_SIZE, gateway);
	printf("PROVEN: this is what the gateway recorded and signed, unchanged.\n");
	printf("Gateway:  %s\n", gateway);
	if (r->batches) {
		fputs("Site:     ", stdout);
		ovpp_verify_sites(v, print_site, &first);
		fputs("\nPeriod:   ", stdout);
		print_time(r->real_min_ns);
		fputs(" to ", stdout);
		print_time(r->real_max_ns);
		printf(", by the gateway's clock\nRecords:  %" PRIu64 " shown of %" PRIu64
		       " in %" PRIu64 " batches (%" PRIu64 " to %" PRIu64 ")\n",
		       r->disclosed, r->records, r->batches, r->first_batch, r->last_batch);
		printf("Missing:  %" PRIu64 " records in %" PRIu64 " gaps\n", r->lost, r->gaps);
	}
	if (r->has_head) {
		printf("Log:      %" PRIu64 " batches at ", r->head.size);
		print_time(r->head.real_ms * 1000000);
	} else {
		fputs("Log:      (not shown)", stdout);
	}
	fputs(r->disclosed ? "\nDevices:\n" : "\n", stdout);
	ovpp_verify_devices(v, print_device, NULL);
	print_remarks(r);
	for (size_t i = 0; i < shown(p, v); i++)
		print_record(&p->record[i]);
	puts("The signatures prove who recorded this and that it is unchanged. They do not prove\n"
	     "that the devices measured rightly, nor that the gateway's clock was right.");
}

int print_text(const struct print *p, const struct ovpp_verify *v, const struct onchain *chain,
	       char *const *paths)
{
	const struct ovpp_verify_result *r = ovpp_verify_result(v);

	if (!r->proven)
		print_fault(r, paths);
	else if (!chain || !*chain->fault.text)
		print_proven(p, v);
	if (r->proven && chain)
		onchain_print(chain);
	return fflush(stdout) || ferror(stdout) ? -EIO : 0;
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a small site records: two DER, samples of the site, and a few other things. */
#ifndef LEDGER_DAY_H
#define LEDGER_DAY_H

#include <jansson.h>
#include <linux/openvpp.h>
#include <stdint.h>

#include "record.h"

#define DAY_SECOND UINT64_C(1000000000)
/* 2023-11-14 22:13:20, the wall-clock time of record 0. */
#define DAY_START_NS (UINT64_C(1700000000) * DAY_SECOND)
#define DAY_SPACING_NS (DAY_SECOND / 4)
#define DAY_BATTERY 1
#define DAY_PV 2
/* A type that nobody knows. */
#define DAY_OTHER 77

/* Names for ovpp_ledger_write(). */
static inline json_t *day_notes(void)
{
	return json_pack("{s:[{s:i,s:i,s:s,s:[{s:i,s:s,s:s,s:s},{s:i,s:s,s:s,s:s}]}]}", "instance",
			 "site", 0, "node", 4711, "name", "home", "ders", "id", DAY_BATTERY, "name",
			 "bat0", "kind", "battery", "serial", "B-1", "id", DAY_PV, "name", "pv",
			 "kind", "pv", "serial", "P-2");
}

static inline uint32_t day_quality(enum ovpp_quality quality, enum ovpp_sample_value value)
{
	return (uint32_t)quality << (2 * value);
}

/* The battery's P is the number of its record; its voltage was never read. */
static inline void day_battery(struct ovpp_record *r)
{
	r->type = OVPP_RECORD_SAMPLE;
	r->der = DAY_BATTERY;
	r->sample = (struct ovpp_sample){
		.p_mw = -(int64_t)r->seq,
		.p_set_mw = 1000,
		.e_export_mwh = r->seq / 3600,
		.soc_ppm = 500000,
		.quality = day_quality(OVPP_QUALITY_GOOD, OVPP_SAMPLE_P) |
			   day_quality(OVPP_QUALITY_GOOD, OVPP_SAMPLE_E_EXPORT) |
			   day_quality(OVPP_QUALITY_STALE, OVPP_SAMPLE_SOC) |
			   day_quality(OVPP_QUALITY_INVALID, OVPP_SAMPLE_TEMP),
		.flags = OVPP_SAMPLE_CONTROLLED,
	};
}

static inline void day_pv(struct ovpp_record *r)
{
	r->type = OVPP_RECORD_SAMPLE;
	r->der = DAY_PV;
	r->sample = (struct ovpp_sample){
		.p_mw = 2000000,
		.quality = day_quality(OVPP_QUALITY_GOOD, OVPP_SAMPLE_P),
	};
}

static inline void day_site(struct ovpp_record *r)
{
	r->type = OVPP_RECORD_SITE;
	r->site_sample = (struct ovpp_site_sample){
		.pcc_mw = 7,
		.target_mw = 9,
		.ticks = r->seq,
		.pcc_quality = r->seq % 8 ? OVPP_QUALITY_GOOD : OVPP_QUALITY_NEVER,
		.flags = r->seq % 16 ? OVPP_SITE_TARGET : 0,
		.lease_left_ms = r->seq % 32 ? 5 : UINT32_MAX,
	};
}

/* The records @first to @first + @n - 1. */
static inline void day_records(struct ovpp_record *rec, uint64_t first, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		struct ovpp_record *r = &rec[i];
		uint64_t seq = first + i;

		*r = (struct ovpp_record){
			.seq = seq,
			.mono_ns = seq * DAY_SPACING_NS,
			.real_ns = DAY_START_NS + seq * DAY_SPACING_NS,
		};
		if (seq % 100 == 97)
			*r = (struct ovpp_record){r->seq, r->mono_ns, r->real_ns, .type = DAY_OTHER,
						  .event = {.arg = 0x0102030405060708}};
		else if (seq % 100 == 98)
			*r = (struct ovpp_record){r->seq, r->mono_ns, r->real_ns,
						  .type = OVPP_RECORD_DISPATCH,
						  .dispatch = {.id = 3, .e_asked_mwh = -5}};
		else if (seq % 100 == 99)
			*r = (struct ovpp_record){
				r->seq,	       r->mono_ns,
				r->real_ns,    .type = OVPP_RECORD_EVENT,
				.der = DAY_PV, .event = {.code = 4, .bus = 1, .arg = -1}};
		else if (seq % 4 == 0)
			day_site(r);
		else if (seq % 4 == 2)
			day_pv(r);
		else
			day_battery(r);
	}
}

#endif /* LEDGER_DAY_H */

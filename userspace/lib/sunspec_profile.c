// SPDX-License-Identifier: GPL-2.0-or-later
/* Which DER and meters a chain of models has, and what they measure. */
#include "sunspec_yaml.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define ID_COMMON 1
#define ID_DER 701

/* Letters of a profile's name that its serial number may take. */
#define SERIAL_MAX 10

/*
 * Evt1 of 10x and 11x, and Alrm of 701: what is wrong with the device itself. The
 * others say what the grid, the sun or a person does: those are warnings.
 *   0 ground fault, 1 DC over-voltage, 5 cabinet open, 7 over-temperature,
 *   12 blown fuse, 14 memory loss, 15 hardware test failed; 701: 16 maker's own
 */
#define INVERTER_FAULTS 0xd0a3u
#define INVERTER_EVENTS 0xffffu
#define DER_FAULTS (0x10000u | INVERTER_FAULTS)
#define DER_EVENTS (0x10000u | INVERTER_EVENTS)

/*
 * Evt1 of 802: alarms of temperature, current, voltage and imbalance, communication,
 * contactor, ground fault, door, other, configuration. Not among them: the ends of
 * the state of charge (13, 15), which one direction of power heals, and the fan.
 */
#define BATTERY_FAULTS 0x12d40aabu
#define BATTERY_EVENTS 0x37ffffffu

/*
 * Bits of alarm and warning are each of one message. Beside those of 701 (0 to 16):
 * where the runs of those of 802 begin, the error of 713, and local control.
 */
#define BIT_BATTERY 17
#define BIT_STORAGE 30

/* How often, and when what was read is too old. */
#define FAST "    period_ms: 500\n    timeout_ms: 3000\n"
#define NORMAL "    period_ms: 1000\n    timeout_ms: 5000\n"
#define SLOW "    period_ms: 5000\n    timeout_ms: 30000\n"

/* All profiles of a map. */
struct list {
	struct ovpp_sunspec_profile *profile;
	size_t n;
};

/* ---- names ---- */

static void text_of(const struct ovpp_sunspec_block *common, const char *name, char *out)
{
	struct ovpp_sunspec_value v;

	*out = '\0';
	if (ovpp_sunspec_good(common, name, &v))
		ovpp_sunspec_format(&v, out);
}

/* Appends what of a text can stand in a name; @max letters at most, the last ones. */
static void append_name(char *name, size_t size, const char *text, size_t max)
{
	char safe[OVPP_SUNSPEC_TEXT];
	size_t n = 0, len = strlen(name);

	for (; *text; text++) {
		unsigned char c = (unsigned char)*text;
		bool good = c < 0x80 && (isalnum(c) || c == '.' || c == '_');

		if (good)
			safe[n++] = (char)tolower(c);
		else if (n && safe[n - 1] != '-')
			safe[n++] = '-';
	}
	while (n && safe[n - 1] == '-')
		n--;
	safe[n] = '\0';
	if (!n || len + 1 >= size)
		return;
	snprintf(name + len, size - len, "%s%.*s", len ? "-" : "", (int)max,
		 n > max ? safe + n - max : safe);
	/* Where the name is full. */
	for (len = strlen(name); len && name[len - 1] == '-'; len--)
		name[len - 1] = '\0';
}

/*
 * Maker and model give way to what tells two devices, and two DER of one, apart:
 * "fronius-symo-gen24-30123456-bat".
 */
static void name_profile(const struct ovpp_sunspec_writer *w, const char *suffix, char *name)
{
	char tail[OVPP_SUNSPEC_NAME] = "", text[OVPP_SUNSPEC_TEXT];
	size_t room, len;

	text_of(&w->part->common, "SN", text);
	if (!w->wish->by_unit)
		append_name(tail, sizeof(tail), text, SERIAL_MAX);
	if (!*tail)
		snprintf(tail, sizeof(tail), "u%u", w->wish->unit);
	append_name(tail, sizeof(tail), suffix, SERIAL_MAX);
	room = OVPP_SUNSPEC_NAME - 1 - strlen(tail);

	*name = '\0';
	text_of(&w->part->common, "Mn", text);
	append_name(name, room, text, OVPP_SUNSPEC_NAME);
	text_of(&w->part->common, "Md", text);
	append_name(name, room, text, OVPP_SUNSPEC_NAME);
	if (!*name)
		snprintf(name, room, "sunspec");
	len = strlen(name);
	snprintf(name + len, OVPP_SUNSPEC_NAME - len, "-%s", tail);
}

/* ---- a profile ---- */

static void comment(FILE *out, const char *label, const struct ovpp_sunspec_block *common,
		    const char *name)
{
	char text[OVPP_SUNSPEC_TEXT];

	text_of(common, name, text);
	if (!*text)
		return;
	fprintf(out, "# %s: ", label);
	for (const char *c = text; *c; c++)
		fputc(*c & 0x80 ? '?' : *c, out);
	fputc('\n', out);
}

static void put_head(FILE *out, const struct ovpp_sunspec_writer *w, const char *name,
		     const char *kind)
{
	fprintf(out, "# Written by ovpp sunspec scan from what the device says of itself.\n");
	comment(out, "manufacturer", &w->part->common, "Mn");
	comment(out, "model", &w->part->common, "Md");
	comment(out, "serial number", &w->part->common, "SN");
	comment(out, "version", &w->part->common, "Vr");
	fprintf(out, "# unit: %u\n", w->wish->unit);
	fprintf(out, "name: %s\nversion: 1\nkind: %s\nbus: modbus\nresponse_ms: 1000\nmessages:\n",
		name, kind);
}

/* Takes @messages over into a new profile of the list. */
static int add_profile(struct list *list, const struct ovpp_sunspec_writer *w, const char *kind,
		       const char *suffix, const char *messages)
{
	struct ovpp_sunspec_profile *p =
		realloc(list->profile, (list->n + 1) * sizeof(*list->profile));
	size_t size;
	FILE *out;

	if (!p)
		return -ENOMEM;
	list->profile = p;
	p += list->n;
	*p = (struct ovpp_sunspec_profile){.kind = kind};
	name_profile(w, suffix, p->name);
	out = open_memstream(&p->yaml, &size);
	if (!out)
		return -ENOMEM;
	list->n++;
	put_head(out, w, p->name, kind);
	fputs(messages, out);
	return fclose(out) ? -ENOMEM : 0;
}

/* A profile whose messages @fill writes; none if it wrote no message. */
static int write_profile(struct list *list, const struct ovpp_sunspec_part *part,
			 const struct ovpp_sunspec_wish *wish, const char *kind, const char *suffix,
			 void (*fill)(struct ovpp_sunspec_writer *w))
{
	struct ovpp_sunspec_writer w = {.part = part, .wish = wish};
	char *messages = NULL;
	size_t size;
	int ret;

	w.out = open_memstream(&messages, &size);
	if (!w.out)
		return -ENOMEM;
	fill(&w);
	ret = fclose(w.out) ? -ENOMEM : 0;
	if (!ret && w.messages)
		ret = add_profile(list, &w, kind, suffix, messages);
	free(messages);
	return ret;
}

/* ---- what they measure ---- */

/* The first of several points that the device gives. */
static void measure_first(struct ovpp_sunspec_writer *w, const char *point,
			  const struct ovpp_sunspec_block *block, const char *const *names)
{
	for (; *names; names++) {
		if (ovpp_sunspec_measure(w, point, block, *names, ""))
			return;
	}
}

static void events(struct ovpp_sunspec_writer *w, const struct ovpp_sunspec_block *block,
		   const char *name, uint32_t faults, uint32_t all, int at)
{
	ovpp_sunspec_bits(w, "alarm", block, name, faults, at);
	ovpp_sunspec_bits(w, "warning", block, name, all & ~faults, at);
}

static void state(struct ovpp_sunspec_writer *w, const struct ovpp_sunspec_block *block,
		  const char *name, const char *map)
{
	struct ovpp_sunspec_value v;

	if (ovpp_sunspec_good(block, name, &v))
		ovpp_sunspec_signal(w, "point: state, register: %u, type: u16, map: { %s }",
				    (unsigned int)v.address, map);
}

/* 101 to 113. Generation is positive there as it is here. */
static void measure_inverter(struct ovpp_sunspec_writer *w)
{
	static const char *const voltage[] = {"PhVphA", "PPVphAB", NULL};
	static const char *const temperature[] = {"TmpCab", "TmpSnk", "TmpTrns", "TmpOt", NULL};
	const struct ovpp_sunspec_block *b = &w->part->inverter;

	ovpp_sunspec_message(w, "  - name: inverter\n    read: holding\n" NORMAL);
	/* Without its power, V times I of an AC device would be taken for it. */
	if (ovpp_sunspec_measure(w, "p", b, "W", ""))
		ovpp_sunspec_measure(w, "i", b, "A", "");
	ovpp_sunspec_measure(w, "q", b, "VAr", "");
	measure_first(w, "v", b, voltage);
	ovpp_sunspec_measure(w, "f", b, "Hz", "");
	ovpp_sunspec_measure(w, "e_export", b, "WH", ", unit: Wh");
	measure_first(w, "temp", b, temperature);
	state(w, b, "St",
	      "1: off, 2: standby, 3: starting, 4: running, 5: limited, 6: stopping, "
	      "7: fault, 8: standby");
	events(w, b, "Evt1", INVERTER_FAULTS, INVERTER_EVENTS, -1);
}

/* 701: signed as here, and its states count from 0. */
static void measure_der(struct ovpp_sunspec_writer *w)
{
	static const char *const voltage[] = {"LNV", "VL1", "LLV", "VL1L2", NULL};
	static const char *const temperature[] = {"TmpCab", "TmpSnk", "TmpTrns",
						  "TmpSw",  "TmpOt",  NULL};
	const struct ovpp_sunspec_block *b = &w->part->inverter;
	struct ovpp_sunspec_value v;

	ovpp_sunspec_message(w, "  - name: inverter\n    read: holding\n" NORMAL);
	ovpp_sunspec_measure(w, "p", b, "W", "");
	ovpp_sunspec_measure(w, "q", b, "Var", "");
	measure_first(w, "v", b, voltage);
	ovpp_sunspec_measure(w, "f", b, "Hz", "");
	ovpp_sunspec_measure(w, "e_export", b, "TotWhInj", ", unit: Wh");
	ovpp_sunspec_measure(w, "e_import", b, "TotWhAbs", ", unit: Wh");
	measure_first(w, "temp", b, temperature);
	if (ovpp_sunspec_good(b, "InvSt", &v))
		state(w, b, "InvSt",
		      "0: off, 1: standby, 2: starting, 3: running, 4: limited, "
		      "5: stopping, 6: fault, 7: standby");
	else
		state(w, b, "St", "0: off, 1: running");
	events(w, b, "Alrm", DER_FAULTS, DER_EVENTS, -1);
}

/* 713 */
static void measure_soc(struct ovpp_sunspec_writer *w)
{
	const struct ovpp_sunspec_block *b = &w->part->soc;
	struct ovpp_sunspec_value v;

	ovpp_sunspec_message(w, "  - name: storage\n    read: holding\n" NORMAL);
	ovpp_sunspec_measure(w, "soc", b, "SoC", "");
	ovpp_sunspec_measure(w, "soh", b, "SoH", "");
	if (ovpp_sunspec_good(b, "Sta", &v))
		ovpp_sunspec_signal(w,
				    "point: alarm, register: %u, bit: 1, length: 1, bits: true, "
				    "scale: %u",
				    (unsigned int)v.address, 1u << BIT_STORAGE);
}

/* 124 knows no power. */
static void measure_storage(struct ovpp_sunspec_writer *w)
{
	const struct ovpp_sunspec_block *b = &w->part->storage;

	ovpp_sunspec_message(w, "  - name: storage\n    read: holding\n" NORMAL);
	ovpp_sunspec_measure(w, "soc", b, "ChaState", "");
	state(w, b, "ChaSt",
	      "1: off, 2: standby, 3: running, 4: running, 5: standby, 6: standby, 7: starting");
}

/*
 * 802, of the battery's DC side. Discharge is taken for positive: that is what
 * devices do, though the model does not say so. @dc: its power is the DER's.
 */
static void measure_battery(struct ovpp_sunspec_writer *w, bool dc)
{
	const struct ovpp_sunspec_block *b = &w->part->battery;

	ovpp_sunspec_message(w, "  - name: battery\n    read: holding\n" NORMAL);
	if (dc) {
		ovpp_sunspec_measure(w, "p", b, "W", "");
		ovpp_sunspec_measure(w, "v", b, "V", "");
		ovpp_sunspec_measure(w, "i", b, "A", "");
		ovpp_sunspec_measure(w, "i_charge_max", b, "AChaMax", "");
		ovpp_sunspec_measure(w, "i_discharge_max", b, "ADisChaMax", "");
		state(w, b, "State",
		      "1: off, 2: starting, 3: running, 4: standby, 5: limited, 6: stopping, "
		      "99: fault");
	}
	if (!ovpp_sunspec_there(&w->part->soc) && !ovpp_sunspec_there(&w->part->storage))
		ovpp_sunspec_measure(w, "soc", b, "SoC", "");
	if (!ovpp_sunspec_there(&w->part->soc))
		ovpp_sunspec_measure(w, "soh", b, "SoH", "");
	events(w, b, "Evt1", BATTERY_FAULTS, BATTERY_EVENTS, dc ? -1 : BIT_BATTERY);
}

/* ---- which there are ---- */

static void fill_pv(struct ovpp_sunspec_writer *w)
{
	if (w->part->inverter.id == ID_DER)
		measure_der(w);
	else
		measure_inverter(w);
	if (w->wish->read_only)
		return;
	ovpp_sunspec_limit(w);
	ovpp_sunspec_heartbeats(w);
}

/* The storage of an inverter of the older models, or one alone. */
static void fill_storage(struct ovpp_sunspec_writer *w)
{
	if (ovpp_sunspec_there(&w->part->storage))
		measure_storage(w);
	if (ovpp_sunspec_there(&w->part->soc))
		measure_soc(w);
	if (ovpp_sunspec_there(&w->part->battery))
		measure_battery(w, true);
	if (w->wish->read_only)
		return;
	ovpp_sunspec_storage(w);
	ovpp_sunspec_heartbeats(w);
}

/* 701 with storage is one DER: what is set is what flows at its terminals. */
static void fill_ac_storage(struct ovpp_sunspec_writer *w)
{
	measure_der(w);
	if (ovpp_sunspec_there(&w->part->soc))
		measure_soc(w);
	if (ovpp_sunspec_there(&w->part->battery))
		measure_battery(w, false);
	if (w->wish->read_only)
		return;
	ovpp_sunspec_setpoint(w);
	ovpp_sunspec_heartbeats(w);
}

/* Models of storage stand in many maps of inverters that have none. */
static bool has_storage(const struct ovpp_sunspec_part *part)
{
	struct ovpp_sunspec_value v;

	return ovpp_sunspec_good(&part->storage, "WChaMax", &v) ||
	       ovpp_sunspec_good(&part->storage, "ChaState", &v) ||
	       ovpp_sunspec_good(&part->soc, "SoC", &v) ||
	       ovpp_sunspec_good(&part->battery, "SoC", &v);
}

static int write_part(struct list *list, const struct ovpp_sunspec_part *part,
		      const struct ovpp_sunspec_wish *wish)
{
	bool inverter = ovpp_sunspec_there(&part->inverter), storage = has_storage(part);
	int ret = 0;

	if (storage && inverter && part->inverter.id == ID_DER)
		return write_profile(list, part, wish, "battery", "", fill_ac_storage);
	if (inverter)
		ret = write_profile(list, part, wish, "pv", "", fill_pv);
	if (storage && !ret)
		ret = write_profile(list, part, wish, "battery", inverter ? "bat" : "",
				    fill_storage);
	return ret;
}

/* ---- meters ---- */

/*
 * W > 0 is import: the quadrants of the same models are named by it (TotVArhImpQ1,
 * TotVArhExpQ3: in quadrant 1 active power is positive, and imported), and meters
 * that only import count TotWhImp at W > 0. SolarEdge's count TotWhExp then.
 */
static bool is_export(const struct ovpp_sunspec_wish *wish, const char *maker)
{
	if (wish->positive == OVPP_SUNSPEC_BY_MAKER)
		return !strncasecmp(maker, "SolarEdge", strlen("SolarEdge"));
	return wish->positive == OVPP_SUNSPEC_EXPORT;
}

static void measure_meter(struct ovpp_sunspec_writer *w, const char *sign)
{
	static const char *const voltage[] = {"PhV", "PhVphA", "PPV", "PPVphAB", "PhVphAB", NULL};
	const struct ovpp_sunspec_block *b = &w->part->inverter;

	ovpp_sunspec_message(w, "  - name: power\n    read: holding\n    trigger: true\n" FAST);
	ovpp_sunspec_measure(w, "p", b, "W", sign);
	ovpp_sunspec_message(w, "  - name: grid\n    read: holding\n" NORMAL);
	ovpp_sunspec_measure(w, "q", b, "VAR", sign);
	measure_first(w, "v", b, voltage);
	ovpp_sunspec_measure(w, "f", b, "Hz", "");
	ovpp_sunspec_message(w, "  - name: energy\n    read: holding\n" SLOW);
	ovpp_sunspec_measure(w, "e_import", b, "TotWhImp", ", unit: Wh");
	ovpp_sunspec_measure(w, "e_export", b, "TotWhExp", ", unit: Wh");
}

static void fill_meter_of_import(struct ovpp_sunspec_writer *w)
{
	measure_meter(w, ", scale: -1");
}

static void fill_meter_of_export(struct ovpp_sunspec_writer *w)
{
	measure_meter(w, "");
}

/* ---- the chain ---- */

/**
 * struct chain - where the walk is
 * @part: models of the device that it is in
 * @maker: who made the first one of the map, whose meters the others may be
 * @meters: those of this device
 */
struct chain {
	struct ovpp_sunspec_part part;
	char maker[OVPP_SUNSPEC_TEXT];
	unsigned int meters;
};

/* Where a model belongs in a part; NULL if it is of no use there. */
static struct ovpp_sunspec_block *place(struct ovpp_sunspec_part *part, uint16_t id)
{
	switch (id) {
	case 101 ... 103:
	case 111 ... 113:
	case ID_DER:
		return &part->inverter;
	case 120:
		return &part->nameplate;
	case 121:
		return &part->settings;
	case 123:
		return &part->controls;
	case 124:
		return &part->storage;
	case 702:
		return &part->capacity;
	case 704:
		return &part->ac_controls;
	case 713:
		return &part->soc;
	case 715:
		return &part->control;
	case 802:
		return &part->battery;
	default:
		return NULL;
	}
}

static bool is_meter(uint16_t id)
{
	return (id >= 201 && id <= 204) || (id >= 211 && id <= 214);
}

static int add_meter(struct list *list, struct chain *chain, const struct ovpp_sunspec_block *block,
		     const struct ovpp_sunspec_wish *wish)
{
	struct ovpp_sunspec_part part = {.common = chain->part.common, .inverter = *block};
	bool alone = !ovpp_sunspec_there(&chain->part.inverter) && !chain->meters;
	char suffix[16];

	chain->meters++;
	snprintf(suffix, sizeof(suffix), "meter%u", chain->meters);
	return write_profile(list, &part, wish, "meter", alone ? "" : suffix,
			     is_export(wish, chain->maker) ? fill_meter_of_export
							   : fill_meter_of_import);
}

static int step(struct list *list, struct chain *chain, const struct ovpp_sunspec_block *block,
		const struct ovpp_sunspec_wish *wish)
{
	struct ovpp_sunspec_block *where = place(&chain->part, block->id);
	int ret = 0;

	if (is_meter(block->id))
		return add_meter(list, chain, block, wish);
	/* What a device says first is what it is; a newer model says more than an old. */
	if (where && (!ovpp_sunspec_there(where) || (block->id == ID_DER && where->id != ID_DER)))
		*where = *block;
	if (block->id != ID_COMMON)
		return 0;
	ret = write_part(list, &chain->part, wish);
	chain->part = (struct ovpp_sunspec_part){.common = *block};
	chain->meters = 0;
	if (!*chain->maker)
		text_of(block, "Mn", chain->maker);
	return ret;
}

int ovpp_sunspec_profiles(const struct ovpp_sunspec_map *map, size_t at,
			  const struct ovpp_sunspec_wish *wish, struct ovpp_sunspec_profile **out,
			  size_t *n)
{
	struct ovpp_sunspec_block block;
	struct chain chain = {0};
	struct list list = {0};
	int ret = 0;

	while (!ret && ovpp_sunspec_next(map, &at, &block) > 0)
		ret = step(&list, &chain, &block, wish);
	if (!ret)
		ret = write_part(&list, &chain.part, wish);
	if (ret) {
		ovpp_sunspec_profiles_free(list.profile, list.n);
		return ret;
	}
	*out = list.profile;
	*n = list.n;
	return 0;
}

void ovpp_sunspec_profiles_free(struct ovpp_sunspec_profile *profile, size_t n)
{
	for (size_t i = 0; i < n; i++)
		free(profile[i].yaml);
	free(profile);
}

// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The commands of both generations of models: 123 and 124, and 704 with 715. What a
 * device scales a command with is baked into it, so a guard reads those registers:
 * when one of them changes, discharge_ok (and charge_ok) is not known any more, which
 * counts as forbidden. The command is 0 then, which is the same in every scale.
 */
#include "sunspec_yaml.h"

#include <inttypes.h>
#include <string.h>

/* Where no timer of the device asks for more: a device that restarted is told again. */
#define REFRESH_MS 30000
#define GAP_MS 1000

/* Registers of a guard must fit into one request, so that they are one message. */
#define GUARD_SPAN 125
#define GUARD_MAX 4

#define UINT16_GOOD 65534
#define INT16_GOOD 32767

/* Bit of warning: the device is controlled on site. No model's events have it. */
#define BIT_LOCAL 31

/* Heads of messages, with the time between two commands in ms. */
#define WRITE_HEAD "  - name: %s\n    write: registers\n    period_ms: %u\n    gap_ms: %u\n"

/**
 * struct scale - what a percentage is of
 * @unit: of one raw step, in W
 * @full: raw value of 100 %
 */
struct scale {
	struct ovpp_ratio unit;
	int64_t full;
};

/* Registers whose values commands depend on. */
struct guard {
	struct ovpp_sunspec_value value[GUARD_MAX];
	size_t n;
};

static void guard_add(struct guard *guard, const struct ovpp_sunspec_block *block, const char *name)
{
	struct ovpp_sunspec_value v;

	if (guard->n < GUARD_MAX && ovpp_sunspec_good(block, name, &v) && v.point->size == 1)
		guard->value[guard->n++] = v;
}

/* A point and the exponent that it is scaled with. */
static void guard_add_scaled(struct guard *guard, const struct ovpp_sunspec_block *block,
			     const char *name)
{
	struct ovpp_sunspec_value v;

	guard_add(guard, block, name);
	if (ovpp_sunspec_good(block, name, &v) && v.point->scale)
		guard_add(guard, block, v.point->scale);
}

static uint32_t lowest(const struct guard *guard)
{
	uint32_t low = guard->value[0].address;

	for (size_t i = 1; i < guard->n; i++) {
		if (guard->value[i].address < low)
			low = guard->value[i].address;
	}
	return low;
}

static uint32_t span(const struct guard *guard)
{
	uint32_t low = lowest(guard), high = low;

	for (size_t i = 0; i < guard->n; i++) {
		if (guard->value[i].address > high)
			high = guard->value[i].address;
	}
	return high - low + 1;
}

static void put_guard(struct ovpp_sunspec_writer *w, struct guard *guard, bool both)
{
	char head[200];

	/* The exponent of the command itself is the first one. */
	if (span(guard) > GUARD_SPAN) {
		ovpp_sunspec_note(w, "not guarded: WMax, too far from its control model");
		guard->n = 1;
	}
	snprintf(head, sizeof(head),
		 "  - name: guard\n    read: holding\n    address: %" PRIu32 "\n    count: %" PRIu32
		 "\n    period_ms: 10000\n    timeout_ms: 60000\n",
		 lowest(guard), span(guard));
	ovpp_sunspec_message(w, head);
	for (size_t i = 0; i < guard->n; i++) {
		const struct ovpp_sunspec_value *v = &guard->value[i];

		ovpp_sunspec_signal(w,
				    "point: discharge_ok, register: %" PRIu32
				    ", type: u16, bits: true, map: { %u: 1 }",
				    v->address, v->reg[0]);
		if (both)
			ovpp_sunspec_signal(w,
					    "point: charge_ok, register: %" PRIu32
					    ", type: u16, bits: true, map: { %u: 1 }",
					    v->address, v->reg[0]);
	}
}

/* ---- scales ---- */

/*
 * A percentage of a power, from the exponent of the percentage. Its greatest raw
 * value must be able to say 100 %, or a limit could not be taken back.
 */
static bool find_scale(const struct ovpp_sunspec_block *block, const char *exponent,
		       struct ovpp_ratio power, int64_t max, struct scale *out)
{
	struct ovpp_sunspec_value v;
	struct ovpp_ratio percent = {1, 100};
	int64_t sf;

	if (!ovpp_sunspec_good(block, exponent, &v))
		return false;
	sf = (int64_t)v.raw;
	if (sf > 2 || sf < -10 || power.num <= 0)
		return false;
	out->full = 100;
	for (; sf < 0; sf++) {
		percent.den *= 10;
		out->full *= 10;
	}
	for (; sf > 0; sf--) {
		percent.den /= 10;
		out->full /= 10;
	}
	return out->full <= max && !ovpp_ratio_mul(power, percent, &out->unit);
}

/* What limits are percentages of; the registers that say so go into the guard. */
static bool find_power(const struct ovpp_sunspec_part *part, struct ovpp_ratio *power,
		       struct guard *guard)
{
	const struct {
		const struct ovpp_sunspec_block *block;
		const char *name;
	} from[] =
		{
			{&part->settings, "WMax"},
			{&part->nameplate, "WRtg"},
		},
	  der[] = {
		  {&part->capacity, "WMax"},
		  {&part->capacity, "WMaxRtg"},
	  };
	bool new = ovpp_sunspec_there(&part->ac_controls);

	for (size_t i = 0; i < 2; i++) {
		const struct ovpp_sunspec_block *block = new ? der[i].block : from[i].block;
		const char *name = new ? der[i].name : from[i].name;

		if (!ovpp_sunspec_number(block, name, power) || power->num <= 0)
			continue;
		guard_add_scaled(guard, block, name);
		return true;
	}
	return false;
}

/* A command that is a percentage; @sign is that of a step. */
static void put_command(struct ovpp_sunspec_writer *w, const char *point, uint32_t address,
			const char *type, const struct scale *scale, int sign)
{
	int64_t least = strcmp(type, "u16") ? -scale->full : 0;

	ovpp_sunspec_signal(w,
			    "point: %s, register: %" PRIu32 ", type: %s, scale: %" PRId64
			    "/%" PRId64 ", min_raw: %" PRId64 ", max_raw: %" PRId64,
			    point, address, type, sign * scale->unit.num, scale->unit.den, least,
			    scale->full);
}

static void put_const(struct ovpp_sunspec_writer *w, uint32_t address, const char *type,
		      unsigned int value)
{
	ovpp_sunspec_signal(w, "register: %" PRIu32 ", type: %s, const: %u", address, type, value);
}

/* ---- timers ---- */

/* Half of what the device waits for, if it has a timer. */
static unsigned int refresh_ms(const struct ovpp_sunspec_writer *w, bool timer)
{
	unsigned int half = w->wish->revert_s * 500u;

	return timer && half < REFRESH_MS ? half : REFRESH_MS;
}

static bool has(const struct ovpp_sunspec_block *block, const char *name)
{
	struct ovpp_sunspec_value v;

	return ovpp_sunspec_good(block, name, &v);
}

/* One register that is written again and again, a message of its own. */
static void put_switch(struct ovpp_sunspec_writer *w, const char *message,
		       const struct ovpp_sunspec_block *block, const char *name, const char *type,
		       unsigned int value, unsigned int period_ms)
{
	struct ovpp_sunspec_value v;
	char head[160];

	if (ovpp_sunspec_get(block, name, &v))
		return;
	snprintf(head, sizeof(head), WRITE_HEAD, message, period_ms, GAP_MS);
	ovpp_sunspec_message(w, head);
	put_const(w, v.address, type, value);
}

/*
 * The timers that stand behind a command of the older models, as constants in the
 * same request: ramps and windows are 0, the last word is the loop's. Only up to the
 * last one that the device has: it may refuse the others, and with them the command.
 */
static void put_timers(struct ovpp_sunspec_writer *w, const struct ovpp_sunspec_block *block,
		       const char *const *names, const char *revert)
{
	struct ovpp_sunspec_value v;
	size_t n = 0;

	for (size_t i = 0; names[i]; i++) {
		if (has(block, names[i]))
			n = i + 1;
	}
	for (size_t i = 0; i < n; i++) {
		if (!ovpp_sunspec_get(block, names[i], &v))
			put_const(w, v.address, "u16",
				  strcmp(names[i], revert) ? 0 : w->wish->revert_s);
	}
	if (!has(block, revert))
		ovpp_sunspec_note(w, "the device has no timer that takes this command back: %s",
				  revert);
}

/* ---- 123 ---- */

static void put_connect(struct ovpp_sunspec_writer *w)
{
	const struct ovpp_sunspec_block *b = &w->part->controls;
	bool timer = has(b, "Conn_RvrtTms");
	struct ovpp_sunspec_value v;
	char head[160];

	if (!w->wish->connect || !ovpp_sunspec_good(b, "Conn", &v))
		return;
	snprintf(head, sizeof(head), WRITE_HEAD, "connect", refresh_ms(w, timer), GAP_MS);
	ovpp_sunspec_message(w, head);
	/* The timers stand before it. */
	if (timer) {
		put_const(w, v.address - 2, "u16", 0);
		put_const(w, v.address - 1, "u16", w->wish->revert_s);
	}
	ovpp_sunspec_signal(w, "point: connect, register: %" PRIu32 ", type: u16", v.address);
}

/* WMaxLimPct is a point of both generations. False, with a note, if it is of no use. */
static bool find_limit(struct ovpp_sunspec_writer *w, const struct ovpp_sunspec_block *b,
		       struct guard *guard, uint32_t *address, struct scale *scale)
{
	struct ovpp_sunspec_value v;
	struct ovpp_ratio power;

	guard_add(guard, b, "WMaxLimPct_SF");
	/* What cannot be read back may still be written: its exponent says so. */
	if (ovpp_sunspec_get(b, "WMaxLimPct", &v) || !find_power(w->part, &power, guard) ||
	    !find_scale(b, "WMaxLimPct_SF", power, UINT16_GOOD, scale)) {
		ovpp_sunspec_note(w, "no p_limit: WMax or the scale of WMaxLimPct is not known");
		return false;
	}
	*address = v.address;
	return true;
}

static void put_limit(struct ovpp_sunspec_writer *w, uint32_t address, const struct scale *scale,
		      unsigned int period)
{
	char head[160];

	snprintf(head, sizeof(head), WRITE_HEAD, "limit", period, GAP_MS);
	ovpp_sunspec_message(w, head);
	put_command(w, "p_limit", address, "u16", scale, 1);
}

static void limit_of_inverter(struct ovpp_sunspec_writer *w)
{
	static const char *const timers[] = {"WMaxLimPct_WinTms", "WMaxLimPct_RvrtTms",
					     "WMaxLimPct_RmpTms", NULL};
	const struct ovpp_sunspec_block *b = &w->part->controls;
	unsigned int period = refresh_ms(w, has(b, "WMaxLimPct_RvrtTms"));
	struct guard guard = {0};
	struct scale scale;
	uint32_t address;

	if (!find_limit(w, b, &guard, &address, &scale))
		return;
	put_limit(w, address, &scale, period);
	put_timers(w, b, timers, "WMaxLimPct_RvrtTms");
	put_switch(w, "limit-enable", b, "WMaxLim_Ena", "u16", 1, period);
	put_guard(w, &guard, false);
	put_connect(w);
}

/* ---- 704 ---- */

/*
 * Each control has its timer, its value and its switch. The switch comes last: it
 * makes the others count. Where the device goes when the timer ends is a setting of
 * its own (WMaxLimPctRvrt, WSetRvrt), which stays as the installer left it.
 */
static void put_revert(struct ovpp_sunspec_writer *w, const char *message, const char *timer,
		       unsigned int period)
{
	const struct ovpp_sunspec_block *b = &w->part->ac_controls;

	if (has(b, timer))
		put_switch(w, message, b, timer, "u32", w->wish->revert_s, period);
	else
		ovpp_sunspec_note(w, "the device has no timer that takes this command back: %s",
				  timer);
}

static void limit_of_der(struct ovpp_sunspec_writer *w)
{
	const struct ovpp_sunspec_block *b = &w->part->ac_controls;
	unsigned int period = refresh_ms(w, has(b, "WMaxLimPctRvrtTms"));
	struct guard guard = {0};
	struct scale scale;
	uint32_t address;

	if (!find_limit(w, b, &guard, &address, &scale))
		return;
	put_revert(w, "limit-revert", "WMaxLimPctRvrtTms", period);
	put_limit(w, address, &scale, period);
	put_switch(w, "limit-enable", b, "WMaxLimPctEna", "u16", 1, period);
	put_guard(w, &guard, false);
}

void ovpp_sunspec_limit(struct ovpp_sunspec_writer *w)
{
	if (ovpp_sunspec_there(&w->part->ac_controls))
		limit_of_der(w);
	else if (ovpp_sunspec_there(&w->part->controls))
		limit_of_inverter(w);
}

/* A power in W: WSetMod says so, in the same request. */
void ovpp_sunspec_setpoint(struct ovpp_sunspec_writer *w)
{
	const struct ovpp_sunspec_block *b = &w->part->ac_controls;
	struct ovpp_sunspec_value mode, set, exponent;
	struct guard guard = {0};
	unsigned int period;
	char head[160];

	if (!ovpp_sunspec_there(b))
		return;
	if (ovpp_sunspec_get(b, "WSetMod", &mode) || ovpp_sunspec_get(b, "WSet", &set) ||
	    !ovpp_sunspec_good(b, "WSet_SF", &exponent) || (int64_t)exponent.raw < -10 ||
	    (int64_t)exponent.raw > 10) {
		ovpp_sunspec_note(w, "no p_set: the scale of WSet is not known");
		return;
	}
	period = refresh_ms(w, has(b, "WSetRvrtTms"));
	guard_add(&guard, b, "WSet_SF");
	put_revert(w, "set-revert", "WSetRvrtTms", period);
	snprintf(head, sizeof(head), WRITE_HEAD, "set", period, GAP_MS);
	ovpp_sunspec_message(w, head);
	put_const(w, mode.address, "u16", 1);
	ovpp_sunspec_signal(w,
			    "point: p_set, register: %" PRIu32
			    ", type: i32, scale: 1e%d, min_raw: -2147483647",
			    set.address, (int)(int64_t)exponent.raw);
	put_switch(w, "set-enable", b, "WSetEna", "u16", 1, period);
	put_guard(w, &guard, true);
}

/* ---- 124 ---- */

/*
 * A power between two limits that are the same: at most OutWRte out of the battery and
 * at most InWRte into it, both percentages of WChaMax. OutWRte = p and InWRte = -p leave
 * nothing but p. Negative rates are how devices are made to charge or discharge whatever
 * the house does; one that refuses them keeps what it had, and its exceptions are
 * counted. Whether it may charge from the grid is ChaGriSet, a setting that stays.
 */
void ovpp_sunspec_storage(struct ovpp_sunspec_writer *w)
{
	static const char *const timers[] = {"InOutWRte_WinTms", "InOutWRte_RvrtTms",
					     "InOutWRte_RmpTms", NULL};
	const struct ovpp_sunspec_block *b = &w->part->storage;
	struct ovpp_sunspec_value out, in;
	struct guard guard = {0};
	struct ovpp_ratio power;
	struct scale scale;
	unsigned int period;
	char head[160];

	if (!ovpp_sunspec_there(b))
		return;
	if (ovpp_sunspec_get(b, "OutWRte", &out) || ovpp_sunspec_get(b, "InWRte", &in) ||
	    !ovpp_sunspec_number(b, "WChaMax", &power) ||
	    !find_scale(b, "InOutWRte_SF", power, INT16_GOOD, &scale)) {
		ovpp_sunspec_note(w, "no p_set: WChaMax or the scale of InWRte is not known");
		return;
	}
	period = refresh_ms(w, has(b, "InOutWRte_RvrtTms"));
	guard_add(&guard, b, "InOutWRte_SF");
	guard_add_scaled(&guard, b, "WChaMax");
	snprintf(head, sizeof(head), WRITE_HEAD, "set", period, GAP_MS);
	ovpp_sunspec_message(w, head);
	put_command(w, "p_set", out.address, "i16", &scale, 1);
	put_command(w, "p_set", in.address, "i16", &scale, -1);
	put_timers(w, b, timers, "InOutWRte_RvrtTms");
	put_switch(w, "set-enable", b, "StorCtl_Mod", "u16", 3, period);
	put_guard(w, &guard, true);
}

/* ---- heartbeats ---- */

/* A counter that the device wants to see move, once a second. */
static void put_heartbeat(struct ovpp_sunspec_writer *w, const char *message,
			  const struct ovpp_sunspec_block *block, const char *name,
			  const char *type)
{
	struct ovpp_sunspec_value v;
	char head[160];

	if (!ovpp_sunspec_good(block, name, &v))
		return;
	snprintf(head, sizeof(head), WRITE_HEAD, message, 1000u, GAP_MS);
	ovpp_sunspec_message(w, head);
	ovpp_sunspec_signal(w, "point: heartbeat, register: %" PRIu32 ", type: %s", v.address,
			    type);
}

/* A device that is controlled on site takes no commands: a warning. */
static void put_local(struct ovpp_sunspec_writer *w, const struct ovpp_sunspec_block *block)
{
	struct ovpp_sunspec_value v;

	if (!ovpp_sunspec_good(block, "LocRemCtl", &v))
		return;
	ovpp_sunspec_message(w, "  - name: local\n    read: holding\n    period_ms: 5000\n"
				"    timeout_ms: 30000\n");
	ovpp_sunspec_signal(w,
			    "point: warning, register: %" PRIu32
			    ", bit: 0, length: 1, bits: true, scale: %u",
			    v.address, 1u << BIT_LOCAL);
}

/* A battery is connected and disconnected by an operation: 1 and 2. */
static void put_operation(struct ovpp_sunspec_writer *w)
{
	const struct ovpp_sunspec_block *b = &w->part->battery;
	struct ovpp_sunspec_value v;
	char head[160];

	/* What cannot be read back may still be written. */
	if (!w->wish->connect || !ovpp_sunspec_there(b) || ovpp_sunspec_get(b, "SetOp", &v))
		return;
	snprintf(head, sizeof(head), WRITE_HEAD, "battery-connect", REFRESH_MS, GAP_MS);
	ovpp_sunspec_message(w, head);
	ovpp_sunspec_signal(w,
			    "point: connect, register: %" PRIu32 ", type: u16, map: { 1: 1, 2: 0 }",
			    v.address);
}

void ovpp_sunspec_heartbeats(struct ovpp_sunspec_writer *w)
{
	const struct ovpp_sunspec_part *part = w->part;

	put_local(w, &part->control);
	put_heartbeat(w, "heartbeat", &part->control, "ControllerHb", "u32");
	put_heartbeat(w, "battery-heartbeat", &part->battery, "CtrlHb", "u16");
	put_operation(w);
}

// SPDX-License-Identifier: GPL-2.0-only
/*
 * What the master of a line knows of a unit: how fast it answers, and how long it
 * is left alone when it does not; see line.h.
 */
#include "line_priv.h"

/* What is waited beyond the usual, at least. */
#define MARGIN_US 20000U

/* A unit is left alone for at least so many times what was lost with it. */
#define BACKOFF_FACTOR 10

/* Doublings of it; more would be beyond OVPP_LINE_BACKOFF_MAX_MS. */
#define BACKOFF_STEPS 15

static u64 us(u64 n)
{
	return n * 1000;
}

void ovpp_line_unit_init(struct ovpp_line_unit *unit, u8 address)
{
	memset(unit, 0, sizeof(*unit));
	unit->address = address;
	unit->response_ms = OVPP_LINE_RESPONSE_MS;
}

struct ovpp_line_unit *ovpp_line_unit(const struct ovpp_line *line, u8 address)
{
	unsigned int i;

	for (i = 0; i < line->n_items; i++)
		if (line->item[i]->unit->address == address)
			return line->item[i]->unit;
	return NULL;
}

u64 ovpp_line_unit_response(const struct ovpp_line_unit *u)
{
	return ovpp_line_ms(u ? u->response_ms : OVPP_LINE_RESPONSE_MS);
}

u64 ovpp_line_unit_learnt(const struct ovpp_line_unit *u)
{
	return u ? us(u->timeout_us) : ovpp_line_unit_response(u);
}

static bool is_read(const struct ovpp_modbus_request *req)
{
	return !req->write_quantity;
}

/* Answers to writes name what was written. */
static bool look_alike(const struct ovpp_modbus_request *a,
		       const struct ovpp_modbus_request *b)
{
	return is_read(a) && a->function == b->function &&
	       ovpp_modbus_answer_len(a) == ovpp_modbus_answer_len(b);
}

static bool are_same(const struct ovpp_modbus_request *a,
		     const struct ovpp_modbus_request *b)
{
	return a->address == b->address && a->quantity == b->quantity;
}

bool ovpp_line_unit_doubtful(const struct ovpp_line_unit *u,
			     const struct ovpp_modbus_request *req, u64 now)
{
	return u && now < u->late_ns && look_alike(req, &u->late);
}

u64 ovpp_line_unit_ready(const struct ovpp_line *line,
			 const struct ovpp_line_unit *u,
			 const struct ovpp_modbus_request *req)
{
	u64 at;

	if (!u)
		return 0;
	at = u->not_before_ns;
	if (u->suspect)
		at = ovpp_line_later(at, line->trial_ns);
	/* The same again may be asked: a late answer would be as good. */
	if (look_alike(req, &u->late) && !are_same(req, &u->late))
		at = ovpp_line_later(at, u->late_ns);
	return at;
}

static void set_timeout(struct ovpp_line_unit *u, u64 timeout_us)
{
	u->timeout_us = ovpp_line_earlier(timeout_us, 1000ULL * u->response_ms);
}

static void set_learnt_timeout(struct ovpp_line_unit *u)
{
	if (u->srtt_us)
		set_timeout(u, (u64)u->srtt_us +
			       ovpp_line_later(4ULL * u->rttvar_us, MARGIN_US));
	else
		set_timeout(u, U64_MAX);
}

void ovpp_line_unit_forgive(struct ovpp_line_unit *u)
{
	u->failures = 0;
	u->suspect = false;
	u->not_before_ns = 0;
	u->late_ns = 0;
	set_learnt_timeout(u);
}

/* As TCP learns its round trips (RFC 6298). */
static void learn(struct ovpp_line_unit *u, u64 ns)
{
	u32 rtt = ovpp_clamp(ns / 1000, 1, 1000LL * u->response_ms);
	s64 err = (s64)rtt - u->srtt_us;

	if (u->srtt_us) {
		u->rttvar_us += (ovpp_abs(err) - u->rttvar_us) / 4;
		u->srtt_us += err / 8;
	} else {
		u->srtt_us = rtt;
		u->rttvar_us = rtt / 2;
	}
	set_learnt_timeout(u);
}

/* By its end, as noise before it says nothing. */
static u64 response_time(const struct ovpp_line *line)
{
	u64 taken = ovpp_line_chars(line, ovpp_line_answer_len(&line->req));
	u64 since = line->ended_ns - line->start_ns;
	u64 sending = line->sent_ns - line->start_ns;

	return since > sending + taken ? since - sending - taken : 0;
}

/*
 * That was perhaps the answer to the request before: then another follows, as late
 * after its own.
 */
static void let_pass(const struct ovpp_line *line, struct ovpp_line_unit *u)
{
	u64 response = ovpp_line_unit_response(u);
	u64 before = u->late_ns - response;

	u->not_before_ns =
		ovpp_line_earlier(line->ended_ns + line->sent_ns - before +
				  us(u->timeout_us), line->sent_ns + response);
	u->late_ns = 0;
}

static void answered(const struct ovpp_line *line, struct ovpp_line_unit *u)
{
	bool refused = line->result == OVPP_LINE_EXCEPTION;

	u->answers++;
	if (refused) {
		u->exceptions++;
		u->exception = line->exception;
	}
	u->suspect = false;
	u->failures = 0;
	u->not_before_ns = 0;
	if (line->doubtful)
		let_pass(line, u);
	else if (is_read(&line->req) && !refused)
		learn(u, response_time(line));
}

/* Failures in a row of a unit that is well: frames get lost. */
static u32 usual_failures(const struct ovpp_line *line,
			  const struct ovpp_line_unit *u)
{
	if (line->result == OVPP_LINE_GARBLED)
		return 2;
	return u->answers ? 1 : 0;
}

/* So long that little is lost with it in relation to that. */
static void leave_alone(struct ovpp_line *line, struct ovpp_line_unit *u,
			u64 lost, u32 steps)
{
	u64 pause = BACKOFF_FACTOR * lost << ovpp_min(steps, BACKOFF_STEPS);

	pause = ovpp_line_earlier(pause, ovpp_line_ms(OVPP_LINE_BACKOFF_MAX_MS));
	u->suspect = true;
	u->not_before_ns = ovpp_line_later(line->ended_ns + pause, u->late_ns);
	line->trial_ns = line->ended_ns + (BACKOFF_FACTOR - 1) * lost;
}

static void failed(struct ovpp_line *line, struct ovpp_line_unit *u)
{
	u64 lost = line->ended_ns - line->start_ns;
	u32 usual = usual_failures(line, u);
	bool silent = line->result == OVPP_LINE_TIMEOUT;

	if (u->failures < U32_MAX)
		u->failures++;
	if (silent) {
		u->timeouts++;
		set_timeout(u, 2ULL * u->timeout_us);
	} else {
		u->garbled++;
	}
	if (is_read(&line->req)) {
		u->late = line->req;
		u->late_ns = line->sent_ns + ovpp_line_unit_response(u);
	}
	if (u->failures > usual)
		leave_alone(line, u, lost, u->failures - usual - 1);
	else
		u->not_before_ns = line->ended_ns + (silent ? lost : 0);
}

void ovpp_line_unit_ended(struct ovpp_line *line, struct ovpp_line_unit *u)
{
	u->wrote = line->req.write_quantity;
	if (line->result == OVPP_LINE_ANSWERED ||
	    line->result == OVPP_LINE_EXCEPTION)
		answered(line, u);
	else
		failed(line, u);
	u->not_before_ns = ovpp_line_later(u->not_before_ns,
					   line->sent_ns +
					   ovpp_line_ms(u->spacing_ms));
}

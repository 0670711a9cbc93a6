/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A Modbus RTU line and its master: who is asked next, and when.
 *
 *   writes that are due -> reads that are due, the latest first -> requests from
 *   outside, in the gaps
 *
 * It does no input or output and knows no clock. Its owner gives it the bytes that
 * come (ovpp_line_receive()), and then, as often as something has happened or the
 * time that it named has come:
 *
 *	while (ovpp_line_outcome(line, now, &out))	what has ended: hand it on
 *	n = ovpp_line_next(line, now, &adu, &wake)	n > 0: send these bytes
 *
 * All of it under one lock of the owner's; nothing here takes longer than a look
 * at every item.
 *
 * A unit that does not answer is left alone for longer and longer, so that the
 * others lose one of its time-outs now and then and no more; how long an answer is
 * waited for is learnt from the answers.
 *
 * line.c has what it is told and sends, line_choose.c who is next, line_answer.c
 * what comes back, line_unit.c what is known of a unit.
 */
#ifndef OVPP_CORE_LINE_H
#define OVPP_CORE_LINE_H

#include "modbus.h"
#include "types.h"

/* The longest that a unit is left alone. */
#define OVPP_LINE_BACKOFF_MAX_MS 30000

/* After so long a request from outside goes before reads that are due. */
#define OVPP_LINE_FOREIGN_PATIENCE_MS 500

/* What those that do so take of the line's time: one part of so many. */
#define OVPP_LINE_FOREIGN_SHARE 25

/* So long an answer is waited for if nothing is known of the device. */
#define OVPP_LINE_RESPONSE_MS 500

/**
 * struct ovpp_line_unit - a device on a line
 * @address: unit, 1 to 247
 * @spacing_ms: least time from the end of a request to it to the next
 * @response_ms: the longest that it may take to answer
 * @srtt_us: smoothed time from the end of a read to the start of its answer; 0:
 *	not known
 * @rttvar_us: mean deviation of it
 * @timeout_us: how long the answer to the next read is waited for, from the end of
 *	the request to its first byte; what writes gets @response_ms, for a device
 *	may have to store what it is told
 * @failures: requests without an answer, in a row
 * @suspect: more of them than happens: it is left alone, and what is lost with all
 *	such units together is kept small
 * @wrote: the last request to it wrote
 * @not_before_ns: it is not asked before: spacing, or left alone
 * @late: a read that was not answered in time
 * @late_ns: until then its answer may still come, and would pass for that of
 *	another read of the same length
 * @answers: requests that it answered, exceptions included
 * @timeouts: requests that it did not answer
 * @garbled: requests after which bytes came, but no answer
 * @exceptions: requests that it refused
 * @exception: code of the last refusal; 0: none
 *
 * Several items share it: whatever is asked of a unit learns and waits together.
 */
struct ovpp_line_unit {
	u8 address;
	u8 exception;
	u32 spacing_ms;
	u32 response_ms;
	u32 srtt_us;
	u32 rttvar_us;
	u32 timeout_us;
	u32 failures;
	bool suspect;
	bool wrote;
	u64 not_before_ns;
	struct ovpp_modbus_request late;
	u64 late_ns;
	u64 answers;
	u64 timeouts;
	u64 garbled;
	u64 exceptions;
};

/**
 * struct ovpp_line_item - a request that is made again and again
 * @unit: whom it is made of
 * @req: what it asks for; req.data of a write points to @data
 * @id: its message's identifier on the bus, see OVPP_MODBUS_ID()
 * @period_ms: a read: how often; 0: never by itself
 * @due_ns: a read: when the next one should start; 0: at once
 * @pending: a write: @data has not been acknowledged yet
 * @serial: a write: counts what was put, so that an answer to older data does not
 *	acknowledge newer
 * @since_ns: a write: pending as the line saw it first; 0: not seen yet
 * @retry_ns: not again before: it was refused, or the unit is deaf to it
 * @losses: times that it failed between two answers of its unit, in a row
 * @answers: answers of its unit when it failed last
 * @data: a write: newest payload, OVPP_MODBUS_PDU_MAX bytes of the owner's
 *
 * Of function 23 is both: it is due as a read, and at once when data are put; not
 * before any were put, for it would write what nobody asked for.
 */
struct ovpp_line_item {
	struct ovpp_line_unit *unit;
	struct ovpp_modbus_request req;
	u32 id;
	u32 period_ms;
	u64 due_ns;
	bool pending;
	u32 serial;
	u64 since_ns;
	u64 retry_ns;
	u32 losses;
	u64 answers;
	u8 *data;
};

/**
 * struct ovpp_line_foreign - a request from outside the loop
 * @unit: whom it is made of; a unit without items is learnt nothing about
 * @len: length of @pdu
 * @pdu: its PDU
 * @queued_ns: when it was submitted
 * @expires_ns: it fails if it is not on the line by then
 */
struct ovpp_line_foreign {
	u8 unit;
	u8 len;
	u8 pdu[OVPP_MODBUS_PDU_MAX];
	u64 queued_ns;
	u64 expires_ns;
};

enum ovpp_line_result {
	OVPP_LINE_ANSWERED,
	OVPP_LINE_EXCEPTION,
	OVPP_LINE_TIMEOUT,
	OVPP_LINE_GARBLED,
	OVPP_LINE_EXPIRED,
};

/**
 * struct ovpp_line_outcome - how a request ended
 * @item: the request, or NULL
 * @foreign: the request, or NULL: it is the owner's again
 * @time_ns: when the last byte of its answer came, or when it was given up
 * @result: enum ovpp_line_result
 * @exception: OVPP_LINE_EXCEPTION: its code
 * @len: bytes at @data
 * @data: of an item that reads: the registers or coils; of a foreign one: the PDU
 *	of the answer, exceptions included
 */
struct ovpp_line_outcome {
	struct ovpp_line_item *item;
	struct ovpp_line_foreign *foreign;
	u64 time_ns;
	u8 result;
	u8 exception;
	u8 len;
	u8 data[OVPP_MODBUS_PDU_MAX];
};

/**
 * struct ovpp_line_stats - counters of a line
 * @answers: requests answered
 * @exceptions: refused
 * @timeouts: not answered
 * @garbled: answered with something else
 * @foreign: requests from outside that were put on the line
 * @noise: bytes that belonged to nothing
 * @late: reads that started more than half a period late
 */
struct ovpp_line_stats {
	u64 answers;
	u64 exceptions;
	u64 timeouts;
	u64 garbled;
	u64 foreign;
	u64 noise;
	u64 late;
};

/* Does the line repeat to us what we send, as half-duplex adapters do? */
enum ovpp_line_echo {
	OVPP_LINE_ECHO_UNKNOWN,
	OVPP_LINE_ECHO_NO,
	OVPP_LINE_ECHO_YES,
};

/**
 * struct ovpp_line - a line
 *
 * Of the owner, set with nothing under way:
 * @item: items, in the order in which those that are due together go
 * @n_items: length of @item
 * @timing: see ovpp_line_set_timing()
 *
 * Its own, of what is under way:
 * @cur_item: item, or NULL
 * @cur_foreign: request from outside, or NULL
 * @cur_serial: serial of the data that it carries
 * @unit: of whom it is made
 * @req: what it asks for; req.data points into @adu
 * @adu: request on the line
 * @adu_len: its length; 0: nothing is under way
 * @out_of_turn: it went before reads that were due
 * @doubtful: an earlier answer would pass for its own
 * @echoed: its echo has been heard
 * @wait_ns: how long its answer is waited for
 * @learnt_ns: the same if only what was learnt of the unit counts
 * @rx: what came since it was sent, without its echo
 * @rx_len: length of @rx
 * @looked: bytes of @rx in which there is no answer
 * @start_ns: when it was sent
 * @sent_ns: when its last byte was (by calculation) on the line
 * @ended: it has ended; ovpp_line_outcome() tells how
 * @ended_ns: when
 * @result: enum ovpp_line_result
 * @exception: code of the refusal
 * @answer: offset in @rx of the PDU of the answer
 * @answer_len: length of it
 *
 * Of the line:
 * @queue: requests from outside, the oldest first
 * @n_queue: length of @queue
 * @echo: enum ovpp_line_echo, as learnt
 * @silences: requests after which nothing at all was heard, with @echo unknown
 * @wrote: the last request wrote
 * @last_ns: when anything was last heard or sent
 * @noise_ns: since when bytes come that nobody asked for
 * @trial_ns: no suspect unit is asked before
 * @foreign_ns: no request from outside goes out of turn before
 * @mark_ns: up to here the time is accounted for
 * @window_ns: start of the second that @busy_ns counts in
 * @busy_ns: time in use so far
 * @busy_ppm: of the last whole second, see ovpp_line_busy()
 * @stats: counters
 */
struct ovpp_line {
	struct ovpp_line_item **item;
	unsigned int n_items;
	struct ovpp_modbus_timing timing;

	struct ovpp_line_item *cur_item;
	struct ovpp_line_foreign *cur_foreign;
	u32 cur_serial;
	u8 unit;
	struct ovpp_modbus_request req;
	u8 adu[OVPP_MODBUS_ADU_MAX];
	u16 adu_len;
	bool out_of_turn;
	bool doubtful;
	bool echoed;
	u64 wait_ns;
	u64 learnt_ns;
	u8 rx[2 * OVPP_MODBUS_ADU_MAX];
	u16 rx_len;
	u16 looked;
	u64 start_ns;
	u64 sent_ns;
	bool ended;
	u64 ended_ns;
	u8 result;
	u8 exception;
	u16 answer;
	u16 answer_len;

	struct ovpp_line_foreign *queue[OVPP_MODBUS_QUEUE_MAX];
	unsigned int n_queue;
	u8 echo;
	u8 silences;
	bool wrote;
	u64 last_ns;
	u64 noise_ns;
	u64 trial_ns;
	u64 foreign_ns;
	u64 mark_ns;
	u64 window_ns;
	u64 busy_ns;
	u32 busy_ppm;
	struct ovpp_line_stats stats;
};

void ovpp_line_init(struct ovpp_line *line);

/* With a response_ms of OVPP_LINE_RESPONSE_MS, which the owner may change. */
void ovpp_line_unit_init(struct ovpp_line_unit *unit, u8 address);

/**
 * ovpp_line_set_timing() - a new speed; what is under way is given up
 * @line: line
 * @timing: times of the line
 * @now: current time
 *
 * Also to be called when the tty has come back: what was known of the line (its
 * echo) is forgotten, units that were left alone are asked at once. An item under
 * way is left as it was; a request from outside ends with OVPP_LINE_TIMEOUT.
 */
void ovpp_line_set_timing(struct ovpp_line *line,
			  const struct ovpp_modbus_timing *timing, u64 now);

/**
 * ovpp_line_set_items() - put a new table of items in force
 * @line: line
 * @item: table; the owner keeps it until the next one is in force
 * @n: its length
 *
 * What is under way for an item that is not in it has no outcome: its answer will
 * be nobody's. Nothing of the old table is touched again.
 */
void ovpp_line_set_items(struct ovpp_line *line, struct ovpp_line_item **item,
			 unsigned int n);

/**
 * ovpp_line_put() - new data for a write
 * @item: item that writes
 * @data: req.len bytes
 *
 * The newest data win: what was not yet sent is forgotten.
 */
void ovpp_line_put(struct ovpp_line_item *item, const u8 *data);

/**
 * ovpp_line_submit() - queue a request from outside
 * @line: line
 * @f: request with unit, len, pdu, queued_ns and expires_ns; the line's until an
 *	outcome names it or ovpp_line_withdraw() gives it back
 *
 * Return: 0; -EBUSY; -EOPNOTSUPP or -EINVAL, see ovpp_modbus_parse().
 */
int ovpp_line_submit(struct ovpp_line *line, struct ovpp_line_foreign *f);

/* Gives a request back: its answer, if it is under way, will be nobody's. */
void ovpp_line_withdraw(struct ovpp_line *line, struct ovpp_line_foreign *f);

/**
 * ovpp_line_receive() - bytes came
 * @line: line
 * @data: bytes
 * @len: their number
 * @now: when they came
 *
 * Return: true if the owner should look for an outcome now.
 */
bool ovpp_line_receive(struct ovpp_line *line, const u8 *data, size_t len,
		       u64 now);

/**
 * ovpp_line_outcome() - has something ended?
 * @line: line
 * @now: current time
 * @out: what, and how
 *
 * Return: true if @out is set; there may be more.
 */
bool ovpp_line_outcome(struct ovpp_line *line, u64 now,
		       struct ovpp_line_outcome *out);

/**
 * ovpp_line_next() - what to send now
 * @line: line without an outcome to tell
 * @now: current time
 * @adu: set to the bytes, which stay until the next call that returns some
 * @wake_ns: set to when to look again if nothing comes before; U64_MAX: never
 *
 * Return: number of bytes to send now, 0: none.
 */
size_t ovpp_line_next(struct ovpp_line *line, u64 now, const u8 **adu,
		      u64 *wake_ns);

/**
 * ovpp_line_wake() - when to look for what to send if nothing comes before
 * @line: line on which nothing is under way, and that has no outcome to tell
 *
 * For an owner that is not the one who sends.
 *
 * Return: a time that is not before the silence on the line is over; U64_MAX: never.
 */
u64 ovpp_line_wake(struct ovpp_line *line);

/* How much of the last whole second the line was in use, silences included; ppm. */
u32 ovpp_line_busy(struct ovpp_line *line, u64 now);

#endif /* OVPP_CORE_LINE_H */

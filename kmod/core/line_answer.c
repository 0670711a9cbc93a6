// SPDX-License-Identifier: GPL-2.0-only
/* The master of a line: what comes back, and how requests end; see line.h. */
#include "line_priv.h"

/*
 * Receivers hand on what came when so many characters are there, or after so long:
 * a longer pause is the end of what a device has to say.
 */
#define FIFO_CHARS 16
#define FIFO_MS 20

/* Bytes of the shortest answer; fewer are noise. */
#define ANSWER_MIN 5

/* Without a word after so many requests the line does not echo. */
#define SILENCES 2

/* After so long a write that was refused is tried again. */
#define RETRY_MS 1000
#define BUSY_MS 100

/* Half of what is kept of bytes among which there is no answer. */
#define RX_HALF OVPP_MODBUS_ADU_MAX

/* Failures of one request, beside those of its unit. */
#define LOSSES 2

/* Keeps the phase; what was missed is not made up for. */
static void advance(struct ovpp_line_item *item, u64 start)
{
	u64 period = ovpp_line_ms(item->period_ms);

	if (period && item->due_ns <= start)
		item->due_ns += ((start - item->due_ns) / period + 1) * period;
}

/*
 * What failed stays due, or pending. A device may be deaf to one request alone:
 * that one is left alone then, and does not count for the others.
 */
static void lose(const struct ovpp_line *line, struct ovpp_line_item *item)
{
	const struct ovpp_line_unit *u = item->unit;
	u64 pause;

	if (u->suspect)
		advance(item, line->start_ns);
	if (!item->losses || item->answers != u->answers)
		item->losses++;
	item->answers = u->answers;
	if (item->losses <= LOSSES)
		return;
	pause = ovpp_line_ms(RETRY_MS) << ovpp_min(item->losses - LOSSES, 10);
	item->retry_ns = line->ended_ns +
			 ovpp_line_earlier(pause,
					   ovpp_line_ms(OVPP_LINE_BACKOFF_MAX_MS));
}

static void settle(const struct ovpp_line *line, struct ovpp_line_item *item)
{
	bool busy = line->exception == OVPP_MODBUS_BUSY ||
		    line->exception == OVPP_MODBUS_ACKNOWLEDGE;

	if (line->result != OVPP_LINE_ANSWERED &&
	    line->result != OVPP_LINE_EXCEPTION) {
		lose(line, item);
		return;
	}
	advance(item, line->start_ns);
	item->losses = 0;
	item->since_ns = 0;
	if (item->serial != line->cur_serial)
		return;
	if (line->result == OVPP_LINE_ANSWERED)
		item->pending = false;
	else if (item->pending)
		item->retry_ns = line->ended_ns +
				 ovpp_line_ms(busy ? BUSY_MS : RETRY_MS);
}

static void count(struct ovpp_line_stats *stats, u8 result)
{
	switch (result) {
	case OVPP_LINE_ANSWERED:
		stats->answers++;
		break;
	case OVPP_LINE_EXCEPTION:
		stats->exceptions++;
		break;
	case OVPP_LINE_TIMEOUT:
		stats->timeouts++;
		break;
	case OVPP_LINE_GARBLED:
		stats->garbled++;
		break;
	}
}

static void finish(struct ovpp_line *line, u64 now, u8 result)
{
	struct ovpp_line_unit *u = ovpp_line_unit(line, line->unit);

	ovpp_line_busy(line, now);
	line->ended = true;
	line->ended_ns = now;
	line->result = result;
	line->noise_ns = ovpp_line_later(now, line->last_ns);
	count(&line->stats, result);
	if (u)
		ovpp_line_unit_ended(line, u);
	if (line->cur_item)
		settle(line, line->cur_item);
	if (line->out_of_turn)
		line->foreign_ns = now + (now - line->start_ns) *
					 (OVPP_LINE_FOREIGN_SHARE - 1);
}

/*
 * Takes the echo of the request, and noise before it, out of what came. In what was
 * looked at there is none, except one that had only begun.
 */
static void take_echo(struct ovpp_line *line)
{
	size_t at = line->looked >= line->adu_len ?
			    line->looked - line->adu_len + 1 : 0;
	size_t end;

	if (line->echoed || (ovpp_line_is_repeated(line->req.function) &&
			     line->echo != OVPP_LINE_ECHO_YES))
		return;
	for (; at + line->adu_len <= line->rx_len; at++) {
		/* Most often it is none by its first byte. */
		if (line->rx[at] != line->adu[0] ||
		    memcmp(line->rx + at, line->adu, line->adu_len))
			continue;
		end = at + line->adu_len;
		line->rx_len -= end;
		memmove(line->rx, line->rx + end, line->rx_len);
		line->looked = 0;
		line->echoed = true;
		line->echo = OVPP_LINE_ECHO_YES;
		line->stats.noise += at;
		return;
	}
}

/* Must the echo be heard first? On other lines: does one begin? */
static bool awaits_echo(const struct ovpp_line *line)
{
	if (line->echoed)
		return false;
	if (line->echo == OVPP_LINE_ECHO_YES)
		return true;
	return !ovpp_line_is_repeated(line->req.function) &&
	       line->rx_len < line->adu_len &&
	       !memcmp(line->rx, line->adu, line->rx_len);
}

/* An answer came after so many bytes of noise, in which an echo may be hidden. */
static void learn_echo(struct ovpp_line *line, size_t noise)
{
	if (line->echoed)
		return;
	if (line->echo == OVPP_LINE_ECHO_UNKNOWN ? noise < line->adu_len / 2 :
						   !noise)
		line->echo = OVPP_LINE_ECHO_NO;
}

/* Ends what is under way if its answer has come. */
static bool look(struct ovpp_line *line, u64 now)
{
	size_t whole = ovpp_line_answer_len(&line->req);
	size_t from = line->looked >= whole ? line->looked - whole + 1 : 0;
	size_t pdu, len;
	int ret;

	ret = ovpp_modbus_find_answer(&line->req, line->unit, line->rx + from,
				      line->rx_len - from, &pdu, &len);
	line->looked = line->rx_len;
	if (ret < 0)
		return false;
	line->answer = from + pdu;
	line->answer_len = len;
	line->exception = ret;
	line->stats.noise += line->rx_len - len -
			     (OVPP_MODBUS_ADU_MAX - OVPP_MODBUS_PDU_MAX);
	learn_echo(line, from + pdu - 1);
	finish(line, now, ret ? OVPP_LINE_EXCEPTION : OVPP_LINE_ANSWERED);
	return true;
}

/* Makes room: an answer that is still coming is within the second half. */
static void forget_half(struct ovpp_line *line)
{
	memmove(line->rx, line->rx + RX_HALF, line->rx_len - RX_HALF);
	line->rx_len -= RX_HALF;
	line->looked = line->looked > RX_HALF ? line->looked - RX_HALF : 0;
	line->stats.noise += RX_HALF;
}

bool ovpp_line_receive(struct ovpp_line *line, const u8 *data, size_t len,
		       u64 now)
{
	size_t n;

	if (!len)
		return line->ended;
	if (!ovpp_line_under_way(line) && now >= line->last_ns + line->timing.t35_ns)
		line->noise_ns = now;
	line->last_ns = ovpp_line_later(line->last_ns, now);
	while (len && ovpp_line_under_way(line)) {
		n = ovpp_line_earlier(len, sizeof(line->rx) - line->rx_len);
		memcpy(line->rx + line->rx_len, data, n);
		line->rx_len += n;
		data += n;
		len -= n;
		take_echo(line);
		if (!awaits_echo(line) && look(line, now))
			break;
		if (line->rx_len == sizeof(line->rx))
			forget_half(line);
	}
	line->stats.noise += len;
	return line->ended;
}

/* When what is under way is given up. */
u64 ovpp_line_deadline(const struct ovpp_line *line)
{
	u64 fifo = ovpp_line_chars(line, FIFO_CHARS);
	u64 gap = fifo + ovpp_line_ms(FIFO_MS);
	bool came = line->rx_len >= ANSWER_MIN && !awaits_echo(line);
	u64 at = line->sent_ns + (came ? line->learnt_ns : line->wait_ns) + fifo;
	u64 last = line->sent_ns + line->wait_ns + gap + fifo +
		   ovpp_line_chars(line, ovpp_line_answer_len(&line->req));

	if (line->rx_len)
		at = ovpp_line_later(at, line->last_ns + gap);
	return ovpp_line_earlier(at, last);
}

static void give_up(struct ovpp_line *line, u64 now)
{
	/* The echo did not come, or did so garbled: what did come? */
	if (awaits_echo(line) && !ovpp_line_is_repeated(line->req.function) &&
	    look(line, now))
		return;
	if (!line->rx_len && !line->echoed &&
	    line->echo == OVPP_LINE_ECHO_UNKNOWN && ++line->silences >= SILENCES)
		line->echo = OVPP_LINE_ECHO_NO;
	line->stats.noise += line->rx_len;
	finish(line, now, line->rx_len ? OVPP_LINE_GARBLED : OVPP_LINE_TIMEOUT);
}

/* Data of an item's answer, the PDU of a foreign one's. */
static void take_answer(const struct ovpp_line *line,
			struct ovpp_line_outcome *out)
{
	size_t skip = 0;

	if (line->result != OVPP_LINE_ANSWERED &&
	    line->result != OVPP_LINE_EXCEPTION)
		return;
	if (line->cur_item) {
		if (line->result == OVPP_LINE_EXCEPTION ||
		    !ovpp_modbus_reads(line->req.function))
			return;
		skip = 2;
	}
	out->len = line->answer_len - skip;
	memcpy(out->data, line->rx + line->answer + skip, out->len);
}

/* Return: whether anybody wants to know. */
static bool tell(struct ovpp_line *line, struct ovpp_line_outcome *out)
{
	bool wanted = line->cur_item || line->cur_foreign;

	out->item = line->cur_item;
	out->foreign = line->cur_foreign;
	out->time_ns = line->ended_ns;
	out->result = line->result;
	out->exception = line->result == OVPP_LINE_EXCEPTION ?
				 line->exception : 0;
	out->len = 0;
	take_answer(line, out);
	ovpp_line_clear(line);
	return wanted;
}

static bool expire(struct ovpp_line *line, u64 now,
		   struct ovpp_line_outcome *out)
{
	unsigned int i;

	for (i = 0; i < line->n_queue; i++) {
		if (line->queue[i]->expires_ns > now)
			continue;
		out->item = NULL;
		out->foreign = line->queue[i];
		out->time_ns = now;
		out->result = OVPP_LINE_EXPIRED;
		out->exception = 0;
		out->len = 0;
		ovpp_line_dequeue(line, out->foreign);
		return true;
	}
	return false;
}

bool ovpp_line_outcome(struct ovpp_line *line, u64 now,
		       struct ovpp_line_outcome *out)
{
	if (ovpp_line_under_way(line) && now >= ovpp_line_deadline(line))
		give_up(line, now);
	if (line->ended && tell(line, out))
		return true;
	return expire(line, now, out);
}

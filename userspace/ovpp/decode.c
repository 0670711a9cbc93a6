// SPDX-License-Identifier: GPL-2.0-or-later
/* ovpp profile decode: logged frames and registers to points, by the code that the kernel runs. */
#include "candump.h"
#include "decode.h"
#include "quantity.h"
#include "registers.h"
#include "show.h"

#include <core/modbus.h>
#include <core/profile.h>
#include <errno.h>
#include "profile.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* J1939: what of an identifier is compared, all but the priority. */
#define PGN_MASK 0x03ffffffU

/**
 * struct decoder - one run over a log
 * @prof: profile
 * @node: which of several equal devices
 * @img: what is known of the device
 * @lines: lines read
 * @decoded: frames that the profile has
 * @other: frames that it has not
 * @malformed: frames of an identifier that it has, but too short, remote or of
 *	the wrong kind
 * @strange: lines that are neither frames nor registers
 */
struct decoder {
	struct ovpp_profile *prof;
	uint32_t node;
	struct ovpp_image img;
	unsigned long lines;
	unsigned long decoded;
	unsigned long other;
	unsigned long malformed;
	unsigned long strange;
};

static const struct ovpp_message *match(const struct decoder *d, const struct candump_frame *frame)
{
	for (u16 i = 0; i < d->prof->n_messages; i++) {
		const struct ovpp_message *msg = &d->prof->message[i];
		bool pgn = msg->flags & OVPP_MESSAGE_PGN;
		bool ext = pgn || msg->flags & OVPP_MESSAGE_EXT;
		u32 id, mask = pgn ? PGN_MASK : UINT32_MAX;

		if (msg->flags & OVPP_MESSAGE_TX || ext != frame->ext ||
		    ovpp_message_id(msg, d->node, &id))
			continue;
		if ((id & mask) == (frame->id & mask))
			return msg;
	}
	return NULL;
}

/* P, where it follows from V and I, is one more update. */
static int derive(struct decoder *d, struct ovpp_update *up, int n)
{
	const struct ovpp_value *p = &d->img.point[OVPP_POINT_P];
	u16 seq = p->seq;

	ovpp_image_derive(d->prof, &d->img);
	if (p->seq == seq || p->quality == OVPP_QUALITY_NEVER)
		return n;
	up[n] = (struct ovpp_update){
		.value = p->value, .point = OVPP_POINT_P, .quality = p->quality};
	return n + 1;
}

static bool is_modbus(const struct decoder *d)
{
	return d->prof->bus == OVPP_BUS_MODBUS;
}

static void print_text(const struct decoder *d, const struct candump_frame *frame,
		       const struct ovpp_update *up, int n)
{
	char text[OVPP_UNITS_TEXT], name[SHOW_TEXT];

	if (frame->time[0])
		printf("(%s) ", frame->time);
	if (is_modbus(d))
		printf("%u:%u", OVPP_MODBUS_FUNCTION(frame->id), OVPP_MODBUS_ADDRESS(frame->id));
	else
		printf(frame->ext ? "%08X" : "%03X", frame->id);
	for (; n > 0; n--, up++) {
		const char *point = ovpp_enum_name("point", up->point);

		printf("  %s %s", show_word(point, name),
		       up->quality == OVPP_QUALITY_GOOD
			       ? quantity_exact(ovpp_units_of_point(point), up->value, text)
			       : "invalid");
	}
	putchar('\n');
}

static json_t *json_head(const struct decoder *d, const struct candump_frame *frame)
{
	json_t *time = frame->time[0] ? json_real(strtod(frame->time, NULL)) : json_null();

	if (!is_modbus(d))
		return json_pack("{s:o, s:I}", "time_s", time, "can_id", (json_int_t)frame->id);
	return json_pack("{s:o, s:i, s:i}", "time_s", time, "function",
			 OVPP_MODBUS_FUNCTION(frame->id), "address",
			 OVPP_MODBUS_ADDRESS(frame->id));
}

static void print_json(const struct decoder *d, const struct candump_frame *frame,
		       const struct ovpp_update *up, int n)
{
	json_t *points = json_array(), *line = json_head(d, frame);

	for (; n > 0; n--, up++) {
		bool good = up->quality == OVPP_QUALITY_GOOD;

		json_array_append_new(points,
				      json_pack("{s:s, s:o, s:s}", "id",
						ovpp_enum_name("point", up->point), "value",
						good ? json_integer(up->value) : json_null(),
						"quality", ovpp_enum_name("quality", up->quality)));
	}
	json_object_set_new(line, "point", points);
	json_dumpf(line, stdout, JSON_COMPACT | JSON_REAL_PRECISION(16));
	putchar('\n');
	json_decref(line);
}

static void decode_frame(struct cli *cli, struct decoder *d, const struct ovpp_message *msg,
			 const struct candump_frame *frame)
{
	struct ovpp_update up[OVPP_UPDATE_MAX + 1];
	int n = -EMSGSIZE;

	if (!frame->rtr && frame->fd == !!(msg->flags & OVPP_MESSAGE_FD))
		n = ovpp_message_decode(d->prof, msg, frame->data, frame->len, up);
	if (n < 0) {
		d->malformed++;
		cli_error(cli,
			  "line %lu: frame %X is too short, remote or of "
			  "the wrong kind",
			  d->lines, frame->id);
		return;
	}
	d->decoded++;
	/* Only the order of frames matters here, not how far apart they are. */
	ovpp_image_update(&d->img, up, (unsigned int)n, d->lines, 0);
	n = derive(d, up, n);
	if (cli->json)
		print_json(d, frame, up, n);
	else
		print_text(d, frame, up, n);
}

/* As if every request that lies within had been answered. */
static void decode_registers(struct cli *cli, struct decoder *d, const struct registers *r)
{
	unsigned long before = d->decoded;

	for (u16 i = 0; i < d->prof->n_messages; i++) {
		const struct ovpp_message *msg = &d->prof->message[i];
		struct candump_frame frame = {.id = msg->id, .ext = true, .len = msg->length};
		const uint8_t *data = registers_of(r, msg);

		if (msg->flags & OVPP_MESSAGE_TX || !data)
			continue;
		memcpy(frame.data, data, msg->length);
		decode_frame(cli, d, msg, &frame);
	}
	if (d->decoded == before)
		d->other++;
}

static void decode_line(struct cli *cli, struct decoder *d, const char *line)
{
	const struct ovpp_message *msg;
	struct candump_frame frame;
	struct registers r;

	d->lines++;
	if (!line[strspn(line, " \t\r\n")])
		return;
	if (is_modbus(d) && !registers_parse(line, &r)) {
		decode_registers(cli, d, &r);
		return;
	}
	if (candump_parse(line, &frame)) {
		d->strange++;
		cli_error(cli, "line %lu is no frame of candump%s", d->lines,
			  is_modbus(d) ? " and no FUNCTION:ADDRESS=REGISTERS" : "");
		return;
	}
	msg = frame.error ? NULL : match(d, &frame);
	if (msg)
		decode_frame(cli, d, msg, &frame);
	else
		d->other++;
}

static void decode_input(struct cli *cli, struct decoder *d)
{
	char *line = NULL;
	size_t room = 0;

	while (getline(&line, &room, stdin) >= 0)
		decode_line(cli, d, line);
	free(line);
}

static int decode_all(struct cli *cli, struct decoder *d)
{
	for (size_t i = 1; i < cli->n_words; i++)
		decode_line(cli, d, cli->words[i]);
	if (cli->n_words == 1)
		decode_input(cli, d);
	fprintf(stderr, "%lu frames decoded, %lu of other identifiers, %lu malformed\n", d->decoded,
		d->other, d->malformed);
	return d->decoded && !d->malformed && !d->strange ? CLI_OK : CLI_NO;
}

static int decode_with(struct cli *cli, struct decoder *d, const char *node)
{
	char err[PROFILE_ERR];
	int64_t n = is_modbus(d) ? OVPP_MODBUS_UNIT_MIN : 0;

	if (node && quantity_parse(OVPP_UNIT_NONE, node, &n, err, sizeof(err)))
		return cli_wrong(cli, "--node: %s", err);
	d->node = (uint32_t)n;
	return decode_all(cli, d);
}

int profile_decode(struct cli *cli)
{
	struct decoder d = {0};
	json_t *profile = NULL;
	char err[PROFILE_ERR];
	int ret;

	ret = profile_load(cli, cli->words[0], &profile);
	if (ret)
		return ret;
	if (ovpp_profile_compile(profile, &d.prof, err, sizeof(err))) {
		cli_error(cli, "%s", err);
		ret = CLI_NO;
	} else {
		ret = decode_with(cli, &d, cli_value(cli, "node"));
	}
	ovpp_profile_free(d.prof);
	json_decref(profile);
	return ret;
}

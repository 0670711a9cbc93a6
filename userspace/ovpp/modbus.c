// SPDX-License-Identifier: GPL-2.0-or-later
/* ovpp modbus: single requests on a serial line of a site. */
#include "cli.h"
#include "get.h"
#include "modbus_line.h"
#include "modbus_text.h"
#include "show.h"
#include "uring.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/modbus.h"

/**
 * struct request - what is asked for
 * @bus: bus id
 * @unit: unit
 * @req: as the module wants it
 * @data: what is written
 */
struct request {
	uint32_t bus;
	uint8_t unit;
	struct ovpp_modbus_request req;
	uint8_t data[OVPP_MODBUS_PDU_MAX];
};

const char *modbus_refusal(unsigned int exception)
{
	static const char *const texts[] = {
		[OVPP_MODBUS_ILLEGAL_FUNCTION] = "illegal function (1)",
		[OVPP_MODBUS_ILLEGAL_ADDRESS] = "illegal address (2)",
		[OVPP_MODBUS_ILLEGAL_VALUE] = "illegal value (3)",
		[OVPP_MODBUS_DEVICE_FAILURE] = "device failure (4)",
		[OVPP_MODBUS_ACKNOWLEDGE] = "acknowledge (5)",
		[OVPP_MODBUS_BUSY] = "busy (6)",
		[OVPP_MODBUS_GATEWAY_PATH] = "gateway has no path (10)",
		[OVPP_MODBUS_GATEWAY_TARGET] = "gateway's target does not answer (11)",
	};
	const char *text = exception < sizeof(texts) / sizeof(texts[0]) ? texts[exception] : NULL;

	return text ? text : "another exception";
}

/* ---- words ---- */

static int number(struct cli *cli, const char *what, const char *text, unsigned long min,
		  unsigned long max, unsigned long *value)
{
	char *end;

	*value = strtoul(text, &end, 0);
	if (!*text || *end || text[0] == '-' || *value < min || *value > max)
		return cli_wrong(cli, "%s: '%s' is no number from %lu to %lu", what, text, min,
				 max);
	return CLI_OK;
}

int modbus_find_bus(struct cli *cli, const char *word, uint32_t *id)
{
	json_t *buses = NULL, *bus;
	char *end;
	size_t i;
	int ret;

	*id = (uint32_t)strtoul(word, &end, 10);
	if (*word && !*end)
		return CLI_OK;
	ret = cli_pick_site(cli) ?: cli_dump(cli, "bus-get", cli->req, &buses);
	json_array_foreach (buses, i, bus) {
		if (!strcmp(get_str(bus, "name"), word))
			*id = (uint32_t)get_int(bus, "id");
	}
	json_decref(buses);
	if (!ret && !*id) {
		cli_error(cli, "there is no bus '%s' at this site", word);
		ret = CLI_REFUSED;
	}
	return ret;
}

static int parse_target(struct cli *cli, struct request *r)
{
	unsigned long unit, address;
	int ret;

	if (cli->n_words < 3)
		return cli_wrong(cli, "%s are needed", cli->verb->args);
	ret = number(cli, "UNIT", cli->words[1], OVPP_MODBUS_UNIT_MIN, OVPP_MODBUS_UNIT_MAX,
		     &unit) ?:
	      number(cli, "ADDRESS", cli->words[2], 0, UINT16_MAX, &address) ?:
	      modbus_find_bus(cli, cli->words[0], &r->bus);
	r->unit = (uint8_t)unit;
	r->req.address = (uint16_t)address;
	r->req.write_address = (uint16_t)address;
	return ret;
}

/* ---- one request ---- */

int modbus_open_site(struct cli *cli, int *fd)
{
	uint32_t site;
	char path[32];
	int ret = cli_site_id(cli, &site);

	if (ret)
		return ret;
	snprintf(path, sizeof(path), "/dev/ovpp%u", site);
	*fd = open(path, O_RDWR | O_CLOEXEC);
	if (*fd >= 0)
		return CLI_OK;
	cli_error(cli, "%s: %s%s", path, strerror(errno),
		  errno == EPERM || errno == EACCES ? ": this needs CAP_NET_ADMIN" : "");
	return CLI_REFUSED;
}

int modbus_transact(int fd, uint32_t bus, uint8_t unit, uint8_t *pdu, int len)
{
	const struct ovpp_uring_modbus cmd = {
		.pdu = (uintptr_t)pdu,
		.bus = bus,
		.unit = unit,
		.len = (uint8_t)len,
	};
	struct io_uring_cqe *cqe;
	struct io_uring io;
	int ret;

	ret = io_uring_queue_init(2, &io, 0);
	if (ret)
		return ret;
	ovpp_uring_prep_modbus(io_uring_get_sqe(&io), fd, &cmd);
	ret = io_uring_submit(&io);
	if (ret >= 0)
		ret = io_uring_wait_cqe(&io, &cqe);
	if (!ret)
		ret = cqe->res;
	io_uring_queue_exit(&io);
	return ret;
}

static const char *why(int ret)
{
	switch (ret) {
	case -ETIMEDOUT:
		return "no answer";
	case -EBADMSG:
		return "the answer is garbled";
	case -EPERM:
		return "writes are not allowed on this bus; see: ovpp bus set --foreign-write";
	case -EACCES:
		return "this carries commands of a DER";
	case -EBUSY:
		return "too many requests are waiting for this line";
	case -ENODEV:
		return "no such bus, not a serial line, or its tty has gone";
	default:
		return strerror(-ret);
	}
}

/* Makes the request; its answer is in @pdu. */
static int ask(struct cli *cli, const struct request *r, uint8_t *pdu)
{
	int ret, len, fd;

	len = ovpp_modbus_pdu(&r->req, pdu);
	if (len < 0)
		return cli_wrong(cli, "more than one request can have");
	ret = modbus_open_site(cli, &fd);
	if (ret)
		return ret;
	ret = modbus_transact(fd, r->bus, r->unit, pdu, len);
	close(fd);
	if (ret < 0) {
		cli_error(cli, "unit %u: %s", r->unit, why(ret));
		return CLI_REFUSED;
	}
	if (!(pdu[0] & OVPP_MODBUS_EXCEPTION))
		return CLI_OK;
	cli_error(cli, "unit %u: %s", r->unit, modbus_refusal(pdu[1]));
	return CLI_NO;
}

/* ---- read ---- */

static bool of_coils(uint8_t function)
{
	return function == OVPP_MODBUS_READ_COILS || function == OVPP_MODBUS_READ_INPUTS;
}

/* Value @i of an answer. */
static unsigned int value_of(const struct request *r, const uint8_t *pdu, unsigned int i)
{
	const uint8_t *data = pdu + 2;

	if (of_coils(r->req.function))
		return data[i / 8] >> i % 8 & 1;
	return (unsigned int)data[2 * i] << 8 | data[2 * i + 1];
}

static void print_values(const struct request *r, const uint8_t *pdu)
{
	for (unsigned int i = 0; i < r->req.quantity; i++) {
		unsigned int value = value_of(r, pdu, i);

		if (of_coils(r->req.function))
			printf("%5u  %u\n", r->req.address + i, value);
		else
			printf("%5u  %5u  0x%04x\n", r->req.address + i, value, value);
	}
}

static int print_values_json(const struct request *r, const uint8_t *pdu)
{
	json_t *values = json_array();
	json_t *o = json_pack("{s:i, s:i, s:o}", "unit", r->unit, "address", r->req.address,
			      "values", values);

	for (unsigned int i = 0; i < r->req.quantity; i++)
		json_array_append_new(values, json_integer(value_of(r, pdu, i)));
	show_json(o);
	json_decref(o);
	return CLI_OK;
}

static uint8_t read_function(const struct cli *cli)
{
	if (cli_flag(cli, "input"))
		return OVPP_MODBUS_READ_INPUT_REGISTERS;
	if (cli_flag(cli, "coils"))
		return OVPP_MODBUS_READ_COILS;
	return cli_flag(cli, "discrete") ? OVPP_MODBUS_READ_INPUTS : OVPP_MODBUS_READ_HOLDING;
}

static int modbus_read(struct cli *cli)
{
	struct request r = {.req.function = read_function(cli)};
	uint8_t pdu[OVPP_MODBUS_PDU_MAX];
	unsigned long count = 1;
	int ret = CLI_OK;

	if (cli->n_words > 4)
		return cli_wrong(cli, "unexpected word '%s'", cli->words[4]);
	if (cli->n_words == 4)
		ret = number(cli, "COUNT", cli->words[3], 1,
			     of_coils(r.req.function) ? OVPP_MODBUS_READ_BITS_MAX
						      : OVPP_MODBUS_READ_MAX,
			     &count);
	r.req.quantity = (uint16_t)count;
	ret = ret ?: parse_target(cli, &r) ?: ask(cli, &r, pdu);
	if (ret)
		return ret;
	if (cli->json)
		return print_values_json(&r, pdu);
	print_values(&r, pdu);
	return CLI_OK;
}

/* ---- write ---- */

static int put_value(struct cli *cli, struct request *r, unsigned int i, const char *text)
{
	bool coils = cli_flag(cli, "coils");
	unsigned long value;
	int ret = number(cli, "VALUE", text, 0, coils ? 1 : UINT16_MAX, &value);

	if (coils) {
		r->data[i / 8] |= (uint8_t)(value << i % 8);
	} else {
		r->data[2 * i] = (uint8_t)(value >> 8);
		r->data[2 * i + 1] = (uint8_t)value;
	}
	return ret;
}

/* One value goes with the function for one, which every device has. */
static void set_write(struct request *r, bool coils, unsigned int n)
{
	bool several = n > 1;

	if (coils)
		r->req.function = several ? OVPP_MODBUS_WRITE_COILS : OVPP_MODBUS_WRITE_COIL;
	else
		r->req.function = several ? OVPP_MODBUS_WRITE_REGISTERS
					  : OVPP_MODBUS_WRITE_REGISTER;
	r->req.quantity = (uint16_t)n;
	r->req.write_quantity = (uint16_t)n;
	r->req.data = r->data;
	r->req.len = (uint8_t)(coils ? (n + 7) / 8 : 2 * n);
}

static int modbus_write(struct cli *cli)
{
	bool coils = cli_flag(cli, "coils");
	size_t max = coils ? OVPP_MODBUS_WRITE_BITS_MAX : OVPP_MODBUS_WRITE_MAX;
	uint8_t pdu[OVPP_MODBUS_PDU_MAX];
	struct request r = {0};
	int ret = CLI_OK;
	size_t n;

	if (cli->n_words < 4)
		return cli_wrong(cli, "%s are needed", cli->verb->args);
	n = cli->n_words - 3;
	if (n > max)
		return cli_wrong(cli, "one request writes at most %zu values", max);
	for (size_t i = 0; i < n && !ret; i++)
		ret = put_value(cli, &r, (unsigned int)i, cli->words[3 + i]);
	set_write(&r, coils, (unsigned int)n);
	return ret ?: parse_target(cli, &r) ?: ask(cli, &r, pdu);
}

static const struct cli_option read_options[] = {
	{"holding", NULL, "Holding registers, function 3: what is meant when nothing is said."},
	{"input", NULL, "Input registers, function 4."},
	{"coils", NULL, "Coils, function 1."},
	{"discrete", NULL, "Discrete inputs, function 2."},
	{0},
};

static const struct cli_option write_options[] = {
	{"coils", NULL, "Coils, functions 5 and 15, instead of registers, 6 and 16."},
	{0},
};

static const struct cli_verb verbs[] = {
	{.name = "read",
	 .doc = "Read registers or coils of a device. Addresses count from 0.",
	 .op = "bus-get",
	 .dump = true,
	 .subject = SUBJECT_WORDS,
	 .args = "BUS UNIT ADDRESS [COUNT]",
	 .options = read_options,
	 .json = "Print JSON: {unit, address, values}.",
	 .run = modbus_read},
	{.name = "write",
	 .doc = "Write registers or coils. Only where the bus allows it (ovpp bus set "
		"--foreign-write), and never what carries commands of a DER.",
	 .op = "bus-get",
	 .dump = true,
	 .subject = SUBJECT_WORDS,
	 .args = "BUS UNIT ADDRESS VALUE...",
	 .options = write_options,
	 .json = "Prints nothing.",
	 .run = modbus_write},
	{0},
};

const struct cli_command cmd_modbus = {
	.name = "modbus",
	.doc = "Single requests to Modbus devices on a site's serial lines.",
	.about = "They go over the line in the gaps that the site's own requests leave.\n"
		 "\n"
		 "examples:\n"
		 "  ovpp modbus read meters 1 0x34 2 --input\n"
		 "  ovpp bus set meters --foreign-write && ovpp modbus write meters 3 1000 42\n",
	.verbs = verbs,
};

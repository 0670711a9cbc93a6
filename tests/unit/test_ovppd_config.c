// SPDX-License-Identifier: GPL-2.0-or-later
/* ovppd/config.c: the configuration file and what is wrong with it. */
#include "kselftest_harness.h"

#include "../../userspace/ovppd/config_attr.c"
#include "../../userspace/ovppd/config_bus.c"
#include "../../userspace/ovppd/config_chain.c"
#include "../../userspace/ovppd/config.c"
#include "../../userspace/ovppd/config_proxy.c"
#include "../../userspace/ovppd/proxy_address.c"

FIXTURE(config)
{
	char dir[256];
	char path[300];
	json_t *desired;
	json_t *errors;
};

static const char profile[] = "name: acme\n"
			      "kind: battery\n"
			      "messages:\n"
			      "  - name: power\n"
			      "    id: 0x100\n"
			      "    length: 4\n"
			      "    timeout_ms: 500\n"
			      "    signals:\n"
			      "      - { point: p, start: 0, length: 32,"
			      " signed: true }\n";

static void put(const char *path, const char *text)
{
	FILE *f = fopen(path, "w");

	fputs(text, f);
	fclose(f);
}

FIXTURE_SETUP(config)
{
	const char *out = getenv("OUT");
	char path[300];

	snprintf(self->dir, sizeof(self->dir), "%s/config-XXXXXX", out ? out : ".");
	ASSERT_NE(NULL, mkdtemp(self->dir));
	snprintf(self->path, sizeof(self->path), "%s/c.yaml", self->dir);
	snprintf(path, sizeof(path), "%s/acme.yaml", self->dir);
	put(path, profile);
	self->errors = json_array();
}

FIXTURE_TEARDOWN(config)
{
	char command[300];

	snprintf(command, sizeof(command), "rm -rf '%s'", self->dir);
	EXPECT_EQ(0, system(command));
	json_decref(self->desired);
	json_decref(self->errors);
}

#define LOAD(text) (put(self->path, text), config_load(self->path, &self->desired, self->errors))

/* Is this, behind the file's name, one of the errors? */
static bool told(const json_t *errors, const char *path, const char *want)
{
	json_t *error;
	size_t i;

	json_array_foreach (errors, i, error) {
		const char *text = json_string_value(error);
		size_t n = strlen(path);

		if (!strncmp(text, path, n) && !strncmp(text + n, ": ", 2) &&
		    !strcmp(text + n + 2, want))
			return true;
	}
	json_array_foreach (errors, i, error)
		ksft_print_msg("error: %s\n", json_string_value(error));
	return false;
}

/* Loads a text that has just this error. */
#define EXPECT_ERROR(text, want)                                   \
	do {                                                       \
		json_array_clear(self->errors);                    \
		EXPECT_EQ(-EINVAL, LOAD(text));                    \
		EXPECT_EQ(1, json_array_size(self->errors));       \
		EXPECT_TRUE(told(self->errors, self->path, want)); \
	} while (0)

#define SITE "sites: [{name: s, "
#define DER                                                           \
	SITE "buses: [{name: b, if: can0}], ders: [{name: d, bus: b," \
	     " profile: acme.yaml, "

static long long number(const json_t *object, const char *key)
{
	return json_integer_value(json_object_get(object, key));
}

static const json_t *first(const json_t *object, const char *key)
{
	return json_array_get(json_object_get(object, key), 0);
}

TEST_F(config, a_whole_site_becomes_the_kernels_attributes)
{
	const json_t *site, *attrs, *der, *bus;

	ASSERT_EQ(0, LOAD("sites:\n"
			  "  - name: home\n"
			  "    period: 10 ms\n"
			  "    cpu: 1\n"
			  "    heartbeat: 2 s\n"
			  "    fallback: 10 min\n"
			  "    ring: 1024\n"
			  "    buses: [ { name: b, if: can0 } ]\n"
			  "    ders:\n"
			  "      - name: d\n"
			  "        bus: b\n"
			  "        profile: acme.yaml\n"
			  "        kind: ev\n"
			  "        node: 2\n"
			  "        pcc: true\n"
			  "        serial: \"007\"\n"
			  "        safe: -1 kW\n"
			  "        envelope: { p_max: 5 kW, soc_min: 10 % }\n"
			  "        policy: { enable: false, rank: 3 }\n"
			  "    envelope: { export_max: 1 kW, lock: true }\n"
			  "    policy: { droop: 1 kW/Hz, fallback_mw: -5 }\n"
			  "    target: { p: -2.5 kW, ttl: 4 s }\n"));
	site = first(self->desired, "sites");
	attrs = json_object_get(site, "site");
	EXPECT_EQ(10000000, number(attrs, "period_ns"));
	EXPECT_EQ(1, number(attrs, "cpu"));
	EXPECT_EQ(2000, number(attrs, "heartbeat_ms"));
	EXPECT_EQ(600000, number(attrs, "fallback_ms"));
	EXPECT_EQ(1024, number(attrs, "ring_records"));
	bus = first(site, "buses");
	EXPECT_STREQ("can0", json_string_value(json_object_get(bus, "ifname")));
	der = first(site, "ders");
	attrs = json_object_get(der, "der");
	EXPECT_STREQ("b", json_string_value(json_object_get(attrs, "bus_name")));
	EXPECT_STREQ("acme", json_string_value(json_object_get(attrs, "profile")));
	EXPECT_STREQ("ev", json_string_value(json_object_get(attrs, "kind")));
	EXPECT_STREQ("007", json_string_value(json_object_get(attrs, "serial")));
	EXPECT_EQ(1, number(attrs, "pcc"));
	EXPECT_EQ(-1000000, number(attrs, "safe_mw"));
	attrs = json_object_get(der, "envelope");
	EXPECT_EQ(5000000, number(attrs, "p_max_mw"));
	EXPECT_EQ(100000, number(attrs, "soc_min_ppm"));
	attrs = json_object_get(der, "policy");
	EXPECT_TRUE(json_is_integer(json_object_get(attrs, "enable")));
	EXPECT_EQ(0, number(attrs, "enable"));
	EXPECT_TRUE(json_is_true(json_object_get(site, "lock")));
	EXPECT_EQ(1000000, number(json_object_get(site, "envelope"), "export_max_mw"));
	attrs = json_object_get(site, "policy");
	EXPECT_EQ(1000000, number(attrs, "droop_mw_hz"));
	EXPECT_EQ(-5, number(attrs, "fallback_mw"));
	attrs = json_object_get(site, "target");
	EXPECT_EQ(-2500000, number(attrs, "p_mw"));
	EXPECT_EQ(4000, number(attrs, "ttl_ms"));
	EXPECT_TRUE(json_is_object(
		json_object_get(json_object_get(self->desired, "profiles"), "acme")));
}

TEST_F(config, a_schedule_and_a_retention_are_read)
{
	const json_t *site, *ledger;

	ASSERT_EQ(0, LOAD(SITE "target: {ttl: 1 h}, schedule:"
			       " [{at: \"06:30\", p: 1 kW},"
			       " {at: \"18:00:05\", p: 0}]}]\n"
			       "ledger: {path: /x.db, retention:"
			       " {age: 30 d, size: 2 GB}}\n"
			       "socket: /run/s\n"));
	site = first(self->desired, "sites");
	EXPECT_EQ(23400, number(first(site, "schedule"), "at_s"));
	EXPECT_EQ(1000000, number(first(site, "schedule"), "p_mw"));
	EXPECT_EQ(64805, number(json_array_get(json_object_get(site, "schedule"), 1), "at_s"));
	EXPECT_EQ(3600000, number(json_object_get(site, "target"), "ttl_ms"));
	ledger = json_object_get(self->desired, "ledger");
	EXPECT_STREQ("/x.db", json_string_value(json_object_get(ledger, "path")));
	EXPECT_EQ(30 * 86400000LL, number(ledger, "age_ms"));
	EXPECT_EQ(2000000000, number(ledger, "size"));
}

TEST_F(config, an_error_names_file_place_and_what_is_wrong)
{
	EXPECT_ERROR(DER "envelope: {p_max: 5 kV}}]}]\n",
		     "sites[0].ders[0].envelope.p_max: \"5 kV\" is not a"
		     " quantity (units: mW W kW MW GW)");
	EXPECT_ERROR(DER "envelope: {p_max: 5}}]}]\n",
		     "sites[0].ders[0].envelope.p_max: \"5\" is not a"
		     " quantity (units: mW W kW MW GW)");
	EXPECT_ERROR(DER "kind: bettery}]}]\n",
		     "sites[0].ders[0].kind: must be one of: other meter pv"
		     " wind battery ev generator load");
	EXPECT_ERROR(SITE "perriod: 1 ms}]\n", "sites[0].perriod: unknown key");
	EXPECT_ERROR(SITE "id: 3}]\n", "sites[0].id: unknown key");
	EXPECT_ERROR(SITE "state: start}]\n", "sites[0].state: unknown key");
	EXPECT_ERROR("sites: 5\n", "sites: must be a list");
	EXPECT_ERROR("sites: [5]\n", "sites[0]: must be a map");
	EXPECT_ERROR("socket: /s\n", "sites: is missing");
}

TEST_F(config, values_of_the_wrong_kind_are_told)
{
	EXPECT_ERROR(SITE "priority: -1}]\n", "sites[0].priority: is out of range");
	EXPECT_ERROR(SITE "priority: 4294967296}]\n", "sites[0].priority: is out of range");
	EXPECT_ERROR(SITE "period: {a: 1}}]\n", "sites[0].period: must be a number with its unit");
	EXPECT_ERROR(DER "serial: 7}]}]\n",
		     "sites[0].ders[0].serial: must be a text; put a number in"
		     " quotes");
	EXPECT_ERROR(SITE "envelope: {lock: yes}}]\n",
		     "sites[0].envelope.lock: must be true or false");
	EXPECT_ERROR(DER "envelope: {lock: true}}]}]\n",
		     "sites[0].ders[0].envelope.lock: unknown key");
	EXPECT_ERROR(SITE "heartbeat: 1 s, heartbeat_ms: 5}]\n",
		     "sites[0].heartbeat_ms: heartbeat_ms is there twice");
}

TEST_F(config, a_serial_line_is_a_bus)
{
	const json_t *bus;

	ASSERT_EQ(0, LOAD(SITE "buses: [{name: b, tty: /dev/ttyUSB0, baud: 9600, parity: none,"
			       " stop_bits: 2, rs485: true, foreign_write: true}]}]\n"));
	bus = first(first(self->desired, "sites"), "buses");
	EXPECT_STREQ("modbus", json_string_value(json_object_get(bus, "type")));
	EXPECT_STREQ("/dev/ttyUSB0", json_string_value(json_object_get(bus, "path")));
	EXPECT_STREQ("none", json_string_value(json_object_get(bus, "parity")));
	EXPECT_EQ(9600, number(bus, "baud"));
	EXPECT_EQ(2, number(bus, "stop_bits"));
	EXPECT_EQ(ovpp_serial_rs485, number(bus, "rs485"));
	EXPECT_EQ(1, number(bus, "foreign_write"));
}

TEST_F(config, a_serial_line_is_by_default_what_modbus_says)
{
	const json_t *bus;

	ASSERT_EQ(0, LOAD(SITE "buses: [{name: b, tty: /dev/ttyUSB0}]}]\n"));
	bus = first(first(self->desired, "sites"), "buses");
	EXPECT_STREQ("even", json_string_value(json_object_get(bus, "parity")));
	EXPECT_EQ(19200, number(bus, "baud"));
	EXPECT_EQ(1, number(bus, "stop_bits"));
	EXPECT_EQ(NULL, json_object_get(bus, "rs485"));
}

TEST_F(config, a_serdev_device_is_a_bus)
{
	const json_t *bus;

	ASSERT_EQ(0, LOAD(SITE "buses: [{name: b, serdev: serial0-0}]}]\n"));
	bus = first(first(self->desired, "sites"), "buses");
	EXPECT_STREQ("modbus", json_string_value(json_object_get(bus, "type")));
	EXPECT_STREQ("serial0-0", json_string_value(json_object_get(bus, "ifname")));
}

TEST_F(config, what_a_serial_line_cannot_be_is_an_error)
{
	EXPECT_ERROR(SITE "buses: [{name: b, if: c, baud: 9600}]}]\n",
		     "sites[0].buses[0].baud: is for a bus with a tty");
	EXPECT_ERROR(SITE "buses: [{name: b, if: c, tty: /dev/ttyUSB0}]}]\n",
		     "sites[0].buses[0].if: is one of several: if, tty, serdev");
	EXPECT_ERROR(SITE "buses: [{name: b, tty: ttyUSB0}]}]\n",
		     "sites[0].buses[0].tty: must be the path of a device, at most 127 characters");
	EXPECT_ERROR(SITE "buses: [{name: b, tty: /dev/a, baud: 49}]}]\n",
		     "sites[0].buses[0].baud: must be a number from 50 to 12000000");
	EXPECT_ERROR(SITE "buses: [{name: b, tty: /dev/a, parity: mark}]}]\n",
		     "sites[0].buses[0].parity: must be one of: none even odd");
	EXPECT_ERROR(SITE "buses: [{name: b, tty: /dev/a, stop_bits: 3}]}]\n",
		     "sites[0].buses[0].stop_bits: must be a number from 1 to 2");
	EXPECT_ERROR(SITE "buses: [{name: b, tty: /dev/a, rs485: 1}]}]\n",
		     "sites[0].buses[0].rs485: must be true or false");
	EXPECT_ERROR(SITE "buses: [{name: b, tty: /dev/a, type: can}]}]\n",
		     "sites[0].buses[0].type: of a serial line is modbus");
	EXPECT_ERROR(SITE "buses: [{name: b, tty: /dev/a, path: /dev/b}]}]\n",
		     "sites[0].buses[0].path: unknown key");
	EXPECT_ERROR(SITE "buses: [{name: b, serdev: 7}]}]\n",
		     "sites[0].buses[0].serdev: must be the name of a device");
}

TEST_F(config, what_belongs_together_is_checked)
{
	EXPECT_ERROR("sites: [{period: 1 ms}]\n", "sites[0].name: is missing");
	EXPECT_ERROR("sites: [{name: s}, {name: s}]\n", "sites[1].name: \"s\" is there twice");
	EXPECT_ERROR("sites: [{name: a123456789b123456789c123456789d1}]\n",
		     "sites[0].name: is longer than 31 characters");
	EXPECT_ERROR(SITE "ders: [{name: d, bus: b, profile: acme.yaml}]}]\n",
		     "sites[0].ders[0].bus: the site has no bus \"b\"");
	EXPECT_ERROR(SITE "buses: [{name: b}]}]\n", "sites[0].buses[0].if: is missing");
	EXPECT_ERROR(DER "pcc: true}, {name: e, bus: b, profile: acme.yaml,"
			 " pcc: true}]}]\n",
		     "sites[0].ders: 2 of them are the PCC meter");
}

TEST_F(config, targets_and_schedules_are_checked)
{
	EXPECT_ERROR(SITE "target: {ttl: 1 s}}]\n", "sites[0].target.p: is missing");
	EXPECT_ERROR(SITE "target: {p: 0, ttl: 1 ms}}]\n",
		     "sites[0].target.ttl: must be from 100 ms to 7 d");
	EXPECT_ERROR(SITE "target: {p: 0}, schedule: [{at: \"06:00\","
			  " p: 0}]}]\n",
		     "sites[0].target.p: the schedule says it already");
	EXPECT_ERROR(SITE "schedule: []}]\n", "sites[0].schedule: is empty");
	EXPECT_ERROR(SITE "schedule: [{at: \"24:00\", p: 0}]}]\n",
		     "sites[0].schedule[0].at: must be a time of day,"
		     " \"06:30\"");
	EXPECT_ERROR(SITE "schedule: [{at: \"6:00 pm\", p: 0}]}]\n",
		     "sites[0].schedule[0].at: must be a time of day,"
		     " \"06:30\"");
	EXPECT_ERROR(SITE "schedule: [{at: \"06:00\", p: 0},"
			  " {at: \"06:00\", p: 0}]}]\n",
		     "sites[0].schedule[1].at: \"06:00\" is there twice");
	EXPECT_ERROR(SITE "schedule: [{at: \"06:00\"}]}]\n", "sites[0].schedule[0].p: is missing");
}

TEST_F(config, a_profile_that_is_missing_or_wrong_is_told)
{
	char path[320];

	EXPECT_ERROR(SITE "buses: [{name: b, if: c}], ders: [{name: d, bus: b,"
			  " profile: nosuch}]}]\n",
		     "sites[0].ders[0].profile: there is no profile"
		     " \"nosuch\"");
	snprintf(path, sizeof(path), "%s/bad.yaml", self->dir);
	put(path, "name: bad\nmessages: 7\n");
	json_array_clear(self->errors);
	EXPECT_EQ(-EINVAL, LOAD(SITE "buses: [{name: b, if: c}], ders: [{name: d,"
				     " bus: b, profile: bad.yaml}]}]\n"));
	ASSERT_EQ(1, json_array_size(self->errors));
	EXPECT_NE(NULL, strstr(json_string_value(json_array_get(self->errors, 0)), "bad.yaml"));
}

TEST_F(config, all_errors_are_told_at_once)
{
	EXPECT_EQ(-EINVAL, LOAD(SITE "period: 1 kW, foo: 1, priority: x}]\n"
				     "bar: 2\n"));
	EXPECT_EQ(4, json_array_size(self->errors));
}

TEST_F(config, a_file_that_is_not_there_or_no_yaml_is_told)
{
	EXPECT_EQ(-ENOENT, config_load("/nonexistent/x.yaml", &self->desired, self->errors));
	EXPECT_EQ(1, json_array_size(self->errors));
	json_array_clear(self->errors);
	EXPECT_EQ(-EINVAL, LOAD("sites: [\n"));
	EXPECT_EQ(1, json_array_size(self->errors));
}

#define LINE                                         \
	SITE "buses: [{name: b, if: can0},"          \
	     " {name: l, type: modbus, if: ttyS1},"  \
	     " {name: k, type: modbus, if: ttyS2}]," \
	     " ders: [{name: d, bus: l, profile: acme.yaml, node: 7}], proxy: "

/* The foreign_write of the site's bus number @i. */
static long long foreign_write(const json_t *site, size_t i)
{
	return number(json_array_get(json_object_get(site, "buses"), i), "foreign_write");
}

TEST_F(config, a_proxy_is_local_and_reads_unless_told_otherwise)
{
	const json_t *site, *proxy;

	ASSERT_EQ(0, LOAD(LINE "[{bus: l, listen: 1502}]}]"));
	site = first(self->desired, "sites");
	proxy = first(site, "proxies");
	EXPECT_STREQ("l", json_string_value(json_object_get(proxy, "bus")));
	EXPECT_STREQ("127.0.0.1:1502", json_string_value(json_object_get(proxy, "listen")));
	EXPECT_TRUE(json_is_false(json_object_get(proxy, "write")));
	EXPECT_EQ(8, number(proxy, "clients"));
	EXPECT_EQ(NULL, json_object_get(proxy, "units"));
	EXPECT_EQ(0, foreign_write(site, 1));
	EXPECT_EQ(NULL, json_object_get(first(site, "buses"), "foreign_write"));
}

TEST_F(config, a_bus_is_writable_where_a_proxy_may_write)
{
	const json_t *site, *proxy;

	ASSERT_EQ(0, LOAD(LINE "[{bus: k, listen: \"[::]:502\", clients: 3, units: [1, 247]},"
			       " {bus: l, listen: 1502}, {bus: l, listen: 1503, write: true}]}]"));
	site = first(self->desired, "sites");
	proxy = first(site, "proxies");
	EXPECT_STREQ("[::]:502", json_string_value(json_object_get(proxy, "listen")));
	EXPECT_EQ(3, number(proxy, "clients"));
	EXPECT_EQ(2, json_array_size(json_object_get(proxy, "units")));
	EXPECT_EQ(1, foreign_write(site, 1));
	EXPECT_EQ(0, foreign_write(site, 2));
}

TEST_F(config, a_slave_answers_for_the_units_of_its_bus)
{
	const json_t *proxy, *units;

	ASSERT_EQ(0, LOAD(LINE "[{bus: l, tty: /dev/ttyS3}]}]"));
	proxy = first(first(self->desired, "sites"), "proxies");
	EXPECT_STREQ("/dev/ttyS3", json_string_value(json_object_get(proxy, "tty")));
	EXPECT_EQ(19200, number(proxy, "baud"));
	EXPECT_STREQ("even", json_string_value(json_object_get(proxy, "parity")));
	EXPECT_EQ(1, number(proxy, "stop_bits"));
	units = json_object_get(proxy, "units");
	ASSERT_EQ(1, json_array_size(units));
	EXPECT_EQ(7, json_integer_value(json_array_get(units, 0)));

	json_decref(self->desired);
	ASSERT_EQ(0, LOAD(LINE "[{bus: k, tty: /dev/ttyS3, baud: 9600, parity: none,"
			       " stop_bits: 2, units: [3]}]}]"));
	proxy = first(first(self->desired, "sites"), "proxies");
	EXPECT_EQ(9600, number(proxy, "baud"));
	EXPECT_STREQ("none", json_string_value(json_object_get(proxy, "parity")));
	EXPECT_EQ(2, number(proxy, "stop_bits"));
	EXPECT_EQ(NULL, json_object_get(proxy, "rs485"));
}

TEST_F(config, a_wrong_proxy_is_told)
{
#define PROXY_ERROR(text, want) EXPECT_ERROR(LINE "[{" text "}]}]", "sites[0].proxy[0]" want)
	PROXY_ERROR("bus: x, listen: 1502", ".bus: the site has no bus \"x\"");
	PROXY_ERROR("bus: b, listen: 1502", ".bus: \"b\" is no serial line");
	PROXY_ERROR("listen: 1502", ".bus: is missing");
	PROXY_ERROR("bus: l", ": needs one of listen and tty");
	PROXY_ERROR("bus: l, listen: 1, tty: /dev/x", ": needs one of listen and tty");
	PROXY_ERROR("bus: l, listen: 70000",
		    ".listen: must be \"ADDRESS:PORT\" in numbers, or a port");
	PROXY_ERROR("bus: l, listen: \"localhost:502\"",
		    ".listen: must be \"ADDRESS:PORT\" in numbers, or a port");
	PROXY_ERROR("bus: l, listen: 1502, clients: 65", ".clients: must be a number from 1 to 64");
	PROXY_ERROR("bus: l, listen: 1502, units: [0]", ".units: must be numbers from 1 to 247");
	PROXY_ERROR("bus: l, listen: 1502, units: 3", ".units: must be a list of units");
	PROXY_ERROR("bus: l, listen: 1502, write: 1", ".write: must be true or false");
	PROXY_ERROR("bus: l, listen: 1502, baud: 9600", ".baud: unknown key");
	PROXY_ERROR("bus: l, tty: /dev/x, clients: 3", ".clients: unknown key");
	PROXY_ERROR("bus: l, tty: 3", ".tty: must be a path");
	PROXY_ERROR("bus: l, tty: /dev/x, parity: mark", ".parity: must be one of: none even odd");
	PROXY_ERROR("bus: l, tty: /dev/x, rs485: 3", ".rs485: must be true or false");
	PROXY_ERROR("bus: l, tty: /dev/x, stop_bits: 3",
		    ".stop_bits: must be a number from 1 to 2");
	PROXY_ERROR("bus: k, tty: /dev/x", ".units: is missing: no DER on the bus has a node");
	EXPECT_ERROR(LINE "{bus: l}}]", "sites[0].proxy: must be a list");
	EXPECT_ERROR(LINE "[7]}]", "sites[0].proxy[0]: must be a map");
	EXPECT_ERROR(SITE "buses: [{name: l, type: modbus, if: ttyS1, foreign_write: false}],"
			  " proxy: [{bus: l, listen: 1502, write: true}]}]",
		     "sites[0].proxy: may write to a bus with foreign_write: false");
}

#define HASH "\"0x1111111111111111111111111111111111111111111111111111111111111111\""
#define CONTRACT \
	"{\"address\": \"0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266\", \"code_hash\": " HASH "}"
#define CHAIN "sites: []\nchain: { network: anvil, rpc: [http://127.0.0.1:1], "

/* Puts a deployment with these contracts beside the file, and reads the section. */
static int load_chain(FIXTURE_DATA(config) * self, const char *contracts, const char *more)
{
	char path[320], text[1000];

	snprintf(path, sizeof(path), "%s/d.json", self->dir);
	snprintf(text, sizeof(text),
		 "{\"chain_id\": 31337, \"first_block\": 0, \"contracts\": {%s}}", contracts);
	put(path, text);
	snprintf(text, sizeof(text), CHAIN "deployment: %s%s }\n", path, more);
	return LOAD(text);
}

TEST_F(config, a_chain_is_kept_as_it_is_and_says_where_batches_go)
{
	struct ovpp_outbox_target target;

	ASSERT_EQ(0, LOAD("sites: []\n"));
	EXPECT_EQ(-ENOENT, config_chain_target(self->desired, &target));
	json_decref(self->desired);
	self->desired = NULL;
	ASSERT_EQ(0, load_chain(self,
				"\"DeviceRegistry\": " CONTRACT ", \"TelemetryAnchor\": " CONTRACT,
				", owner: \"0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266\""));
	EXPECT_STREQ("anvil", json_string_value(json_object_get(
				      json_object_get(self->desired, "chain"), "network")));
	ASSERT_EQ(0, config_chain_target(self->desired, &target));
	EXPECT_EQ(31337, target.network.chain_id);
	EXPECT_EQ(0xf3, target.contract[0]);
}

TEST_F(config, what_is_wrong_with_a_chain_is_told)
{
	EXPECT_ERROR("sites: []\nchain: 5\n", "chain: must be a map");
	EXPECT_ERROR("sites: []\nchain: { netwrk: anvil }\n", "chain.netwrk: unknown key");
	EXPECT_ERROR(CHAIN "}\n",
		     "chain.deployment: is missing: the file with the contracts' addresses");
	json_array_clear(self->errors);
	EXPECT_EQ(-EINVAL, load_chain(self, "\"TelemetryAnchor\": " CONTRACT, ""));
	EXPECT_TRUE(told(self->errors, self->path, "chain.deployment: has no DeviceRegistry"));
}

TEST_HARNESS_MAIN

// SPDX-License-Identifier: GPL-2.0-or-later
/* Requests to the module, and what to say when they fail. */
#include "cli.h"
#include "get.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int connect_module(struct cli *cli)
{
	int ret;

	if (cli->nl)
		return CLI_OK;
	ret = ovpp_nl_open(&cli->nl);
	if (!ret)
		return CLI_OK;
	cli->nl = NULL;
	if (ret == -ENOENT)
		cli_error(cli, "the kernel module openvpp is not loaded; "
			       "load it with: modprobe openvpp");
	else
		cli_error(cli, "netlink: %s", strerror(-ret));
	return CLI_REFUSED;
}

/* What the kernel refuses for want of a right it refuses without a text of its own. */
static int refused(const struct cli *cli, int ret)
{
	const char *error = ovpp_nl_error(cli->nl);
	bool right = ret == -EPERM && !strcmp(error, strerror(EPERM));

	cli_error(cli, "kernel: %s%s", error,
		  right ? ": a change needs CAP_NET_ADMIN; run it as root (sudo)" : "");
	return CLI_REFUSED;
}

int cli_do(struct cli *cli, const char *op, const json_t *req, json_t **reply)
{
	int ret = connect_module(cli);

	if (ret)
		return ret;
	ret = ovpp_nl_do(cli->nl, op, req, reply);
	return ret ? refused(cli, ret) : CLI_OK;
}

int cli_dump(struct cli *cli, const char *op, const json_t *req, json_t **reply)
{
	int ret = connect_module(cli);

	if (ret)
		return ret;
	ret = ovpp_nl_dump(cli->nl, op, req, reply);
	return ret ? refused(cli, ret) : CLI_OK;
}

/* All objects that an operation dumps, asked for once; borrowed. */
static int known(struct cli *cli, const char *get_op, json_t **objects)
{
	int ret;

	if (!cli->known)
		cli->known = json_object();
	*objects = json_object_get(cli->known, get_op);
	if (*objects)
		return CLI_OK;
	ret = cli_dump(cli, get_op, NULL, objects);
	if (ret)
		return ret;
	if (json_object_set_new(cli->known, get_op, *objects)) {
		cli_error(cli, "out of memory");
		return CLI_REFUSED;
	}
	return CLI_OK;
}

static bool has_int(const json_t *o, const char *key, json_int_t value)
{
	const json_t *v = json_object_get(o, key);

	return json_is_integer(v) && json_integer_value(v) == value;
}

static void list_names(const json_t *objects, char *buf, size_t size)
{
	const char *separator = "";
	size_t i, len = 0;
	json_t *o;

	buf[0] = '\0';
	json_array_foreach (objects, i, o) {
		len += (size_t)snprintf(buf + len, size - len, "%s%s", separator,
					get_str(o, "name"));
		if (len >= size)
			return;
		separator = ", ";
	}
}

int cli_pick_site(struct cli *cli)
{
	const struct ovpp_spec_op *op = ovpp_spec_op(cli->verb->op);
	bool member = ovpp_spec_attr(op->set, "site");
	char names[256];
	json_t *sites;
	int ret;

	if (json_object_get(cli->req, member ? "site" : "id") ||
	    json_object_get(cli->req, member ? "site_name" : "name"))
		return CLI_OK;
	ret = known(cli, "site-get", &sites);
	if (ret)
		return ret;
	if (!json_array_size(sites)) {
		cli_error(cli, "there is no site yet; "
			       "create one with: ovpp site add NAME");
		return CLI_REFUSED;
	}
	if (json_array_size(sites) > 1) {
		list_names(sites, names, sizeof(names));
		return cli_wrong(cli, "which site? %s one of: %s",
				 member ? "Give --site with" : "Name", names);
	}
	json_object_set(cli->req, member ? "site" : "id",
			json_object_get(json_array_get(sites, 0), "id"));
	return CLI_OK;
}

int cli_site_id(struct cli *cli, uint32_t *id)
{
	json_t *sites, *site, *wanted;
	int ret = cli_pick_site(cli);
	const char *name;
	size_t i;

	if (ret)
		return ret;
	wanted = json_object_get(cli->req, "site");
	if (wanted) {
		*id = (uint32_t)json_integer_value(wanted);
		return CLI_OK;
	}
	ret = known(cli, "site-get", &sites);
	if (ret)
		return ret;
	name = get_str(cli->req, "site_name");
	json_array_foreach (sites, i, site) {
		if (strcmp(get_str(site, "name"), name))
			continue;
		*id = (uint32_t)get_int(site, "id");
		return CLI_OK;
	}
	cli_error(cli, "there is no site '%s'", name);
	return CLI_REFUSED;
}

int cli_der_id(struct cli *cli, uint32_t site, const char *der, json_int_t *id)
{
	json_t *ders, *o;
	char *end;
	size_t i;
	int ret;

	*id = strtoll(der, &end, 10);
	if (*der && !*end)
		return CLI_OK;
	ret = known(cli, "der-get", &ders);
	if (ret)
		return ret;
	json_array_foreach (ders, i, o) {
		if (!has_int(o, "site", site) || strcmp(get_str(o, "name"), der))
			continue;
		*id = get_int(o, "id");
		return CLI_OK;
	}
	cli_error(cli, "there is no DER '%s' at this site", der);
	return CLI_REFUSED;
}

bool cli_several_sites(struct cli *cli)
{
	json_t *sites;

	return !known(cli, "site-get", &sites) && json_array_size(sites) > 1;
}

const char *cli_site_name(struct cli *cli, json_int_t id)
{
	json_t *sites, *s;
	size_t i;

	if (known(cli, "site-get", &sites))
		return NULL;
	json_array_foreach (sites, i, s) {
		if (has_int(s, "id", id))
			return get_str(s, "name");
	}
	return NULL;
}

const char *cli_name(struct cli *cli, const char *get_op, json_int_t site, json_int_t id)
{
	json_t *objects, *o;
	size_t i;

	if (known(cli, get_op, &objects))
		return NULL;
	json_array_foreach (objects, i, o) {
		if (has_int(o, "site", site) && has_int(o, "id", id))
			return get_str(o, "name");
	}
	return NULL;
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* DBC files as JSON. */
#ifndef OVPP_DBC_H
#define OVPP_DBC_H

#include <jansson.h>
#include <stddef.h>

/**
 * ovpp_dbc_parse() - read the text of a DBC file
 * @text: text; what is not UTF-8 is taken as Latin-1
 * @size: its size in bytes
 * @name: what error texts call it
 * @out: set to a new object:
 *	"nodes": {NAME: {"attributes"}};
 *	"attributes": of the file, {NAME: text or list entry};
 *	"definitions": {NAME: {"values": [...] of an enumeration, "default"}};
 *	"messages": {DBC-ID: {"id", "ext", "name", "length", "sender",
 *	"attributes", "comment", "signals": {NAME: {"start", "length", "order":
 *	"little" or "big", "signed", "scale", "offset", "min", "max": texts,
 *	"unit", "receivers": [...], "mux": is a multiplexer, "mux_value": is muxed,
 *	"float": bits, "values": {RAW: NAME}, "attributes", "comment"}}}}
 * @err: room for a text "name:line: what is wrong", set on error
 * @err_size: its size
 *
 * BO_ and SG_ are read strictly; what else is not understood is passed over.
 *
 * Return: 0, -EINVAL or -ENOMEM.
 */
int ovpp_dbc_parse(const char *text, size_t size, const char *name, json_t **out, char *err,
		   size_t err_size);

/*
 * The value of an attribute of @owner (a node, a message, a signal or the whole
 * file), else its default, else NULL.
 */
const char *ovpp_dbc_attribute(const json_t *dbc, const json_t *owner, const char *name);

#endif /* OVPP_DBC_H */

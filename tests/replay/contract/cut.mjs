// Cuts GitHub's OpenAPI description to the paths that svctop asks: the whole of it takes Prism
// seven seconds and 300 MB. node cut.mjs api.github.com.json OUT
import {readFileSync, writeFileSync} from 'node:fs';

const paths = ['/repos/{owner}/{repo}/actions/workflows', '/repos/{owner}/{repo}/actions/runs'];
const [from, to] = process.argv.slice(2);
const whole = JSON.parse(readFileSync(from, 'utf8'));

// `nullable` without a `type` makes Prism's validator throw, and Prism then checks no body at
// all, without a word (stoplightio/prism#1931). The same said in another way:
const nothing = {type: 'object', nullable: true, minProperties: 1, maxProperties: 0};
function mend(node) {
	if (node === null || typeof node !== 'object')
		return;
	Object.values(node).forEach(mend);
	if (node.nullable !== true || 'type' in node)
		return;
	delete node.nullable;
	for (const key of ['oneOf', 'anyOf'])
		if (node[key])
			node[key].push({...nothing});
	if (node.allOf && !node.$ref) {
		node.anyOf = [{allOf: node.allOf}, {...nothing}];
		delete node.allOf;
	}
}

const kept = new Set();
function at(ref) {
	return ref.slice(2).split('/').reduce(
	    (node, part) => node[part.replaceAll('~1', '/').replaceAll('~0', '~')], whole);
}
function follow(node) {
	if (node === null || typeof node !== 'object')
		return;
	if (typeof node.$ref === 'string' && !kept.has(node.$ref)) {
		kept.add(node.$ref);
		follow(at(node.$ref));
	}
	Object.values(node).forEach(follow);
}

const cut = {openapi: whole.openapi, info: whole.info, paths: {}, components: {}};
for (const path of paths) {
	const {get, parameters} = whole.paths[path];
	// The description has no word of refusals here; their body is the one of everywhere else.
	get.responses['403'] ??= {$ref: '#/components/responses/forbidden'};
	get.responses['404'] ??= {$ref: '#/components/responses/not_found'};
	cut.paths[path] = {get, ...(parameters && {parameters})};
}
follow(cut.paths);
for (const ref of kept) {
	const [, , section, name] = ref.split('/');
	(cut.components[section] ??= {})[name] = whole.components[section][name];
}
mend(cut.paths);
mend(cut.components);
writeFileSync(to, JSON.stringify(cut));

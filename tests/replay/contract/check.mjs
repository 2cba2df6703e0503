// Holds questions and answers of the GitHub adapter's tests against what GitHub publishes: GraphQL
// against the schema, REST against the OpenAPI description through Prism. TAP.
// node check.mjs EXCHANGES SPEC PACKAGES: EXCHANGES has one JSON object a line.
import {spawn} from 'node:child_process';
import {readFileSync} from 'node:fs';
import {createServer} from 'node:http';
import {createRequire} from 'node:module';
import {createServer as createListener} from 'node:net';
import {resolve} from 'node:path';
import {isDeepStrictEqual} from 'node:util';

const [exchangesFile, specFile, packages] = process.argv.slice(2);
const require = createRequire(resolve(packages, 'package.json'));
const {buildSchema, execute, parse, validate} = require('graphql');

let number = 0, failed = 0;
function result(name, complaints) {
	number++;
	failed += complaints.length > 0;
	console.log(`${complaints.length ? 'not ok' : 'ok'} ${number} - ${name}`);
	complaints.slice(0, 8).forEach((text) => console.log(`# ${text}`));
}

const exchanges = readFileSync(exchangesFile, 'utf8').trim().split('\n').map((line) => JSON.parse(line));
const graph = exchanges.filter((e) => e.url.endsWith('/graphql'));
// Enterprise has the same paths below /api/v3.
const rest = exchanges.filter((e) => !e.url.endsWith('/graphql'))
    .map((e) => ({...e, url: e.url.replace('/api/v3/', '/')}));

// ---- GraphQL ----

const schema = buildSchema(
    readFileSync(resolve(packages, 'node_modules/@octokit/graphql-schema/schema.graphql'), 'utf8'),
    {assumeValid: true});

function queryComplaints(query) {
	return validate(schema, parse(query)).map((e) => e.message);
}

// The answer's data as the schema's own engine gives it: wrong enums, nulls where none may be
// and members that nobody asked for all make a difference.
function answerComplaints(query, answer) {
	const known = new Set((answer.errors ?? []).map((e) => e.path.join('.')));
	const given = execute({
		schema,
		document: parse(query),
		rootValue: answer.data,
		fieldResolver: (source, args, context, info) => source[info.path.key],
		typeResolver: (value, context, info, type) =>
		    value.__typename ?? (type.name === 'Actor' ? 'User' : 'Commit'),
	});
	const complaints = (given.errors ?? [])
	    .filter((e) => !known.has(e.path.join('.')))
	    .map((e) => `${e.path.join('.')}: ${e.message}`);
	if (!complaints.length &&
	    !isDeepStrictEqual(JSON.parse(JSON.stringify(given.data)), answer.data))
		complaints.push(`not what was asked for: ${JSON.stringify(given.data).slice(0, 300)}`);
	return complaints;
}

// https://docs.github.com/graphql/overview/rate-limits-for-the-graphql-api: the requests that
// fulfil each connection, by a hundred, rounded, one at least.
function cost(query) {
	const document = parse(query);
	const fragments = Object.fromEntries(document.definitions
	    .filter((d) => d.kind === 'FragmentDefinition').map((d) => [d.name.value, d]));
	function requests(set, parents) {
		let sum = 0;
		for (const node of set?.selections ?? []) {
			const size = node.arguments?.find((a) => /^(first|last)$/.test(a.name.value));
			if (size)
				sum += parents;
			const inner = node.kind === 'FragmentSpread' ? fragments[node.name.value] : node;
			sum += requests(inner.selectionSet, size ? parents * Number(size.value.value) : parents);
		}
		return sum;
	}
	const operation = document.definitions.find((d) => d.kind === 'OperationDefinition');
	return Math.max(1, Math.round(requests(operation.selectionSet, 1) / 100));
}

const queries = graph.map((e) => JSON.parse(e.body).query);
result(`${graph.length} GraphQL queries are valid`,
       [...(graph.length ? [] : ['there are none']), ...queries.flatMap(queryComplaints)]);
result('a wrong field is noticed',
       queryComplaints(queries[0].replace('nameWithOwner', 'nameAndOwner')).length ? [] : ['no']);
result('answers of GraphQL are what was asked for',
       graph.flatMap((e, i) => answerComplaints(queries[i], JSON.parse(e.answer))));
const spoilt = graph.findIndex((e) => e.answer.includes('"COMPLETED"'));
result('a wrong enum in an answer is noticed',
       answerComplaints(queries[spoilt], JSON.parse(graph[spoilt].answer.replace('"COMPLETED"', '"DONE"')))
	   .length ? [] : ['no']);
result('each query costs a point',
       queries.filter((q) => cost(q) !== 1).map((q) => `${cost(q)}: ${q.slice(0, 100)}`));

// ---- REST ----

function freePort() {
	return new Promise((done) => {
		const listener = createListener().listen(0, '127.0.0.1', () => {
			const {port} = listener.address();
			listener.close(() => done(port));
		});
	});
}

// The upstream of Prism: gives what the exchange at hand was answered.
let current;
const upstream = createServer((request, response) => {
	response.writeHead(current.status, {'Content-Type': 'application/json; charset=utf-8'});
	response.end(current.answer);
}).listen(0, '127.0.0.1');
const port = await freePort();
const prism = spawn(process.execPath,
    [resolve(packages, 'node_modules/@stoplight/prism-cli/dist/index.js'), 'proxy', '--errors', '-h',
     '127.0.0.1', '-p', String(port), specFile, `http://127.0.0.1:${upstream.address().port}`],
    {stdio: ['ignore', 'ignore', 'inherit']});
process.on('exit', () => prism.kill());
['SIGTERM', 'SIGINT', 'SIGHUP'].forEach((signal) => process.on(signal, () => process.exit(1)));

async function ask(exchange) {
	const {pathname, search} = new URL(exchange.url);
	current = exchange;
	const response = await fetch(`http://127.0.0.1:${port}${pathname}${search}`, {
		method: exchange.method,
		headers: Object.fromEntries(exchange.headers.map((line) => line.split(/: (.*)/))),
	});
	const body = await response.text();
	return response.status === exchange.status ? null : `${pathname}${search}: ${response.status} ${body}`;
}

async function ready() {
	for (let i = 0; i < 200; i++) {
		try {
			await fetch(`http://127.0.0.1:${port}/`);
			return;
		} catch {
			await new Promise((done) => setTimeout(done, 100));
		}
	}
	throw new Error('Prism does not start');
}

// Prism lets parameters pass that the description does not know.
const spec = JSON.parse(readFileSync(specFile, 'utf8'));
function unknownParameters(exchange) {
	const {pathname, searchParams} = new URL(exchange.url);
	const path = Object.keys(spec.paths).find((known) =>
	    new RegExp(`^${known.replace(/\{[^}]*\}/g, '[^/]+')}$`).test(pathname));
	if (!path)
		return [`${pathname} is no path of the description`];
	const names = (spec.paths[path].get.parameters ?? []).map((p) =>
	    (p.$ref ? spec.components.parameters[p.$ref.split('/')[3]] : p).name);
	return [...searchParams.keys()].filter((name) => !names.includes(name))
	    .map((name) => `${pathname} has no parameter ${name}`);
}

await ready();
const complaints = rest.length ? [] : ['there are none'];
for (const exchange of rest)
	complaints.push(await ask(exchange));
result(`${rest.length} REST questions and their answers keep to the description`,
       complaints.filter((text) => text));
result('REST parameters are known', rest.flatMap(unknownParameters));
const listed = rest.find((e) => e.status === 200 && e.answer.includes('"workflow_runs":[{'));
result('a wrong parameter is noticed',
       await ask({...listed, url: listed.url.replace('per_page=100', 'per_page=many')}) ? [] : ['no']);
result('a member missing in an answer is noticed',
       await ask({...listed, answer: listed.answer.replaceAll('"workflow_id"', '"workflow"')}) ? [] : ['no']);

prism.kill();
upstream.close();
console.log(`1..${number}`);
process.exit(failed ? 1 : 0);

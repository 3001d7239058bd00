// The npm package soap against a gatekeeper: the WSDL that it serves, JavaScript objects in and out, over mutual TLS
// with a proxy.
'use strict';
const fs = require('fs');
const https = require('https');
const soap = require('soap');
const axios = require('axios');

const { URL: url, CA, PROXY_alice: proxy } = process.env;
const pem = fs.readFileSync(proxy);
const httpsAgent = new https.Agent({ ca: fs.readFileSync(CA), cert: pem, key: pem });
// The proxies of the environment are for the web, not for this grid.
const web = axios.create({ httpsAgent, proxy: false });
const strangers = axios.create({ httpsAgent: new https.Agent({ ca: fs.readFileSync(CA) }), proxy: false });
const POSIX = 'http://schemas.ggf.org/jsdl/2005/11/jsdl-posix';

let count = 0;
let failed = 0;
let site;

async function ok(title, good) {
    let what;
    try {
        what = await good();
    } catch (e) {
        what = e.stack || e;
    }
    count++;
    failed += what === true ? 0 : 1;
    console.log(`${what === true ? '' : 'not '}ok ${count} - ${title}`);
    if (what !== true) {
        console.log('# ' + String(typeof what === 'object' ? JSON.stringify(what) : what).replace(/\n/g, '\n# '));
    }
}

const client = (request, more) => soap.createClientAsync(`${url}/bes?wsdl`, { request, ...more }, `${url}/bes`);

// What the schema leaves open (xs:any of Application) is written out; the package knows all around it from the WSDL.
function job(program, ...words) {
    const text = (s) => s.replace(/&/g, '&amp;').replace(/</g, '&lt;');
    return {
        ActivityDocument: {
            JobDefinition: {
                JobDescription: {
                    Application: {
                        $xml: `<p:POSIXApplication xmlns:p="${POSIX}"><p:Executable>${text(program)}</p:Executable>` +
                            words.map((w) => `<p:Argument>${text(w)}</p:Argument>`).join('') + '</p:POSIXApplication>',
                    },
                },
            },
        },
    };
}

// Operations resolve to [result, the answer as text, ...]; references come as text or, with attributes, as an object.
const call = async (name, args) => (await site[`${name}Async`](args))[0];
const reference = (address) => ({ ActivityIdentifier: { Address: address } });
const list = (x) => (Array.isArray(x) ? x : [x]);
const plain = (x) => (typeof x === 'object' ? x.$value : x);

async function submit(...words) {
    return plain((await call('CreateActivity', job(...words))).ActivityIdentifier.Address);
}

async function status(address) {
    const r = await call('GetActivityStatuses', reference(address));
    return list(r.Response)[0].ActivityStatus;
}

async function untilOver(address) {
    for (const end = Date.now() + 120000; Date.now() < end;) {
        const st = await status(address);
        if (['Finished', 'Failed', 'Cancelled'].includes(st.attributes.state)) {
            return st;
        }
        await new Promise((done) => { setTimeout(done, 50); });
    }
    throw new Error('in vain');
}

async function refusal(promise) {
    try {
        await promise;
    } catch (e) {
        return e.root ? e.root.Envelope.Body.Fault : e;
    }
    return { faultstring: 'no fault' };
}

// SOAP 1.1 and 1.2 name the parts of a fault differently.
function inWords(fault) {
    const words = fault.faultstring || plain(fault.Reason && fault.Reason.Text);
    return { words: String(plain(words)), detail: Object.keys(fault.detail || fault.Detail || {}) };
}

async function claims(word, options) {
    await ok(`SOAP ${word}: the served WSDL loads, its operations are functions`, async () => {
        site = await client(web, options);
        const names = Object.keys(site.describe().BESService.BESFactoryPort);
        return names.includes('CreateActivity') || names;
    });
    await ok(`SOAP ${word}: a job runs, its exit code and output come back`, async () => {
        const address = await submit('/bin/sh', '-c', 'echo "a & b <x>"; exit 4');
        const st = await untilOver(address);
        const out = (await web.get(`${address}/stdout`, { responseType: 'text' })).data;
        return (st.attributes.state === 'Finished' && String(plain(st.JobStatus.ExitCode)) === '4' && out === 'a & b <x>\n')
            || [st, out];
    });
    await ok(`SOAP ${word}: a refusal is an error with its sentence and detail`, async () => {
        const f = await refusal(submit(''));
        const { words, detail } = inWords(f);
        return (words.includes('executable is missing') && detail.includes('InvalidRequestMessageFault')) || f;
    });
    await ok(`SOAP ${word}: a job that cannot run is told in words`, async () => {
        const st = await untilOver(await submit('/no/such/program'));
        return (st.attributes.state === 'Failed' && String(plain(st.JobStatus.Fault)).includes('/no/such/program')) || st;
    });
    await ok(`SOAP ${word}: a job that is not there is answered beside the others`, async () => {
        const address = await submit('/bin/true');
        const r = await call('GetActivityStatuses',
            { ActivityIdentifier: [{ Address: `${url}/jobs/none` }, { Address: address }] });
        const [none, there] = r.Response;
        return (none.Fault !== undefined && there.ActivityStatus !== undefined) || r;
    });
    await ok(`SOAP ${word}: a running job is ended`, async () => {
        const address = await submit('/bin/sleep', '1000');
        const r = list((await call('TerminateActivities', reference(address))).Response)[0];
        return (r.Terminated === true && (await untilOver(address)).attributes.state === 'Cancelled') || r;
    });
    await ok(`SOAP ${word}: the factory's document is read`, async () => {
        const r = (await call('GetFactoryAttributesDocument', {})).FactoryResourceAttributesDocument;
        return (r.IsAcceptingNewActivities === true && Number(r.TotalNumberOfActivities) >= 1) || r;
    });
    await ok(`SOAP ${word}: a delegation is begun`, async () => {
        const r = await call('getNewProxyReq', {});
        return JSON.stringify(r).includes('BEGIN CERTIFICATE REQUEST') || r;
    });
    await ok(`SOAP ${word}: without a client certificate the WSDL is read, and nothing is run`, async () => {
        site = await client(strangers, options);
        const e = await refusal(submit('/bin/true'));
        return JSON.stringify(inWords(e)).includes('authentication failed') || [e, e.message];
    });
}

(async () => {
    await claims('1.1', {});
    await claims('1.2', { forceSoap12Headers: true });
    console.log(`1..${count}`);
    process.exit(failed > 0 ? 1 : 0);
})();

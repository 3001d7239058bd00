<?php
// PHP's SoapClient against a gatekeeper: the WSDL that it serves, in PHP's own types, over mutual TLS with a proxy.
$count = $failed = 0;
function ok(string $title, callable $good): void
{
    global $count, $failed;
    $count++;
    try {
        $what = $good();
    } catch (Throwable $t) {
        $what = get_class($t) . ': ' . $t->getMessage();
    }
    if ($what !== true) {
        $failed++;
        print 'not ';
    }
    print "ok $count - $title\n";
    if ($what !== true) {
        print '# ' . str_replace("\n", "\n# ", var_export($what, true)) . "\n";
    }
}

$url = getenv('URL');
$tls = stream_context_create(['ssl' => ['cafile' => getenv('CA'), 'local_cert' => getenv('PROXY_alice')]]);
$site = null;

function client(string $port, int $version = SOAP_1_1): SoapClient
{
    global $url, $tls;
    return new SoapClient("$url/bes?wsdl", ['stream_context' => $tls, 'location' => "$url/bes", 'soap_version' => $version,
        'cache_wsdl' => WSDL_CACHE_NONE, 'exceptions' => true, 'trace' => true]);
}

function job(string ...$words): SoapVar
{
    $args = '';
    foreach (array_slice($words, 1) as $w) {
        $args .= '<p:Argument>' . htmlspecialchars($w, ENV_XML) . '</p:Argument>';
    }
    return new SoapVar('<b:ActivityDocument xmlns:b="http://schemas.ggf.org/bes/2006/08/bes-factory">'
        . '<j:JobDefinition xmlns:j="http://schemas.ggf.org/jsdl/2005/11/jsdl" '
        . 'xmlns:p="http://schemas.ggf.org/jsdl/2005/11/jsdl-posix"><j:JobDescription><j:Application><p:POSIXApplication>'
        . "<p:Executable>{$words[0]}</p:Executable>$args</p:POSIXApplication></j:Application></j:JobDescription>"
        . '</j:JobDefinition></b:ActivityDocument>', XSD_ANYXML);
}
const ENV_XML = ENT_XML1 | ENT_QUOTES;

function until_over(SoapClient $site, string $address): object
{
    for ($end = time() + 120; time() < $end; usleep(50000)) {
        $r = $site->GetActivityStatuses(['ActivityIdentifier' => ['Address' => $address]])->Response;
        if (in_array($r->ActivityStatus->state, ['Finished', 'Failed', 'Cancelled'])) {
            return $r->ActivityStatus;
        }
    }
    throw new Exception('in vain');
}

function fetch(string $what): string
{
    global $tls;
    return file_get_contents($what, false, $tls);
}

foreach ([SOAP_1_1 => '1.1', SOAP_1_2 => '1.2'] as $version => $word) {
    ok("SOAP $word: the served WSDL loads, its operations are functions", function () use (&$site, $version) {
        $site = client('BESFactoryPort', $version);
        return str_contains(implode("\n", $site->__getFunctions()), 'CreateActivity(') ?: $site->__getFunctions();
    });
    ok("SOAP $word: a job runs, its exit code and output come back", function () use (&$site) {
        $address = $site->CreateActivity(['ActivityDocument' => job('/bin/sh', '-c', 'echo hello; exit 4')])->ActivityIdentifier->Address;
        $address = is_object($address) ? $address->_ : $address;
        $st = until_over($site, $address);
        $answer = simplexml_load_string($site->__getLastResponse());
        $answer->registerXPathNamespace('g', 'urn:gatehouse:jobs:1');
        return ($st->state === 'Finished' && (string) $answer->xpath('//g:ExitCode')[0] === '4'
            && fetch("$address/stdout") === "hello\n") ?: $site->__getLastResponse();
    });
    ok("SOAP $word: a refusal is a SoapFault with its sentence and detail", function () use (&$site) {
        try {
            $site->CreateActivity(['ActivityDocument' => job('')]);
        } catch (SoapFault $f) {
            return (str_contains($f->getMessage(), 'executable is missing') && isset($f->detail->InvalidRequestMessageFault))
                ?: [$f->getMessage(), $f->detail ?? null];
        }
        return 'no fault';
    });
    ok("SOAP $word: a job that is not there is answered beside the others", function () use (&$site, $url) {
        $r = $site->GetActivityStatuses(['ActivityIdentifier' => ['Address' => "$url/jobs/none"]])->Response;
        return isset($r->Fault) ?: $r;
    });
    ok("SOAP $word: a running job is ended", function () use (&$site) {
        $address = $site->CreateActivity(['ActivityDocument' => job('/bin/sleep', '1000')])->ActivityIdentifier->Address;
        $address = is_object($address) ? $address->_ : $address;
        $r = $site->TerminateActivities(['ActivityIdentifier' => ['Address' => $address]])->Response;
        return ($r->Terminated === true && until_over($site, $address)->state === 'Cancelled') ?: $r;
    });
    ok("SOAP $word: the factory's document is read", function () use (&$site) {
        $r = $site->GetFactoryAttributesDocument(new stdClass())->FactoryResourceAttributesDocument;
        return ($r->IsAcceptingNewActivities === true && $r->TotalNumberOfActivities >= 1) ?: $r;
    });
    ok("SOAP $word: a delegation is begun", function () use (&$site) {
        $r = $site->getNewProxyReq();
        return str_contains(print_r($r, true), 'BEGIN CERTIFICATE REQUEST') ?: $r;
    });
}
print "1..$count\n";
exit($failed > 0 ? 1 : 0);

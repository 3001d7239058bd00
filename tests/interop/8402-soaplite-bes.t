#!/usr/bin/perl
# SOAP::Lite against a gatekeeper: methods made from the WSDL that it serves,
# over mutual TLS with a proxy.
use strict;
use warnings;
BEGIN {    # a gatekeeper first, then this file again beside it
    exec "$ENV{SRC}/tests/lib/serve-gate", 'alice', '--', $^X, $0 or die $! unless $ENV{URL};
}
use IO::Socket::SSL;
use SOAP::Lite;
use Test::More;
use Time::HiRes 'sleep';

my ($bes, $gds, $wsa) = ('http://schemas.ggf.org/bes/2006/08/bes-factory',
    'http://www.gridsite.org/namespaces/delegation-2', 'http://www.w3.org/2005/08/addressing');
my @deadline = (time + 120);
$ENV{HTTPS_CA_FILE} = $ENV{CA};
IO::Socket::SSL::set_defaults(
    SSL_cert_file => $ENV{PROXY_alice}, SSL_key_file => $ENV{PROXY_alice}, SSL_ca_file => $ENV{CA});

my $site = SOAP::Lite->service("$ENV{URL}/bes?wsdl");
ok($site->can('CreateActivity'), 'the served WSDL loads, its operations become methods');
$site->want_som(1);

sub job {
    my $words = join '', map { "<p:Argument>$_</p:Argument>" } @_[ 1 .. $#_ ];
    my $text = '<j:JobDefinition xmlns:j="http://schemas.ggf.org/jsdl/2005/11/jsdl" '
        . 'xmlns:p="http://schemas.ggf.org/jsdl/2005/11/jsdl-posix"><j:JobDescription><j:Application>'
        . "<p:POSIXApplication><p:Executable>$_[0]</p:Executable>$words</p:POSIXApplication>"
        . '</j:Application></j:JobDescription></j:JobDefinition>';
    return SOAP::Data->name('bes:ActivityDocument' => \SOAP::Data->type(xml => $text));
}

sub epr {
    return SOAP::Data->name('bes:ActivityIdentifier' => \SOAP::Data->name(Address => $_[0])->uri($wsa));
}

sub until_state {
    my ($address, @states) = @_;
    while (time < $deadline[0]) {
        my $r = $site->GetActivityStatuses(epr($address));
        die $r->faultstring if $r->fault;
        my $state = $r->dataof('//ActivityStatus')->attr->{state};
        return ($state, $r) if grep { $_ eq $state } @states;
        sleep 0.05;
    }
    return ('in vain', undef);
}

my $r = $site->CreateActivity(job('/bin/sh', '-c', 'echo hello; exit 4'));
ok(!$r->fault, 'CreateActivity') or diag $r->faultstring;
my $address = $r->valueof('//ActivityIdentifier/Address');
my ($state, $st) = until_state($address, 'Finished', 'Failed');
is($state, 'Finished', 'GetActivityStatuses until Finished');
is($st->valueof('//JobStatus/ExitCode'), 4, 'the exit code is in the status extension');
my $http = $site->transport->proxy;
is($http->get($st->valueof('//JobStatus/StdoutURL'))->content, "hello\n", 'GET of the output');

$r = $site->GetActivityDocuments(epr($address));
is($r->valueof('//POSIXApplication/Executable'), '/bin/sh', 'GetActivityDocuments');

$r = $site->CreateActivity(job('/bin/sleep', '1000'));
my $second = $r->valueof('//ActivityIdentifier/Address');
until_state($second, 'Running');
$r = $site->TerminateActivities(epr($second));
is($r->valueof('//Response/Terminated'), 'true', 'TerminateActivities');
is((until_state($second, 'Cancelled', 'Failed'))[0], 'Cancelled', '... and it is cancelled');

$r = $site->GetFactoryAttributesDocument();
is($r->valueof('//TotalNumberOfActivities'), 2, 'GetFactoryAttributesDocument');
is(scalar(my @all = $r->valueof('//ActivityReference/Address')), 2, '... lists both');

$r = $site->CreateActivity(job(''));
is($r->faultcode, 'soapenv:Client', 'a bad description is a fault');
ok(exists $r->faultdetail->{InvalidRequestMessageFault}{Message}, '... with its typed detail');
$r = $site->GetActivityStatuses(epr("$ENV{URL}/jobs/00000000-0000-4000-8000-000000000000"));
ok(defined $r->valueof('//Response/Fault/detail/UnknownActivityIdentifierFault'), 'an unknown activity: a fault of its answer');

# SOAP::Lite knows one namespace a WSDL, that of the job service.
my $delegation = SOAP::Lite->proxy("$ENV{URL}/bes")->ns($gds, 'gds')->on_action(sub { '""' });
like($delegation->call('gds:getInterfaceVersion')->result, qr/^2\./, 'the delegation port answers at the same address');
$r = $delegation->call('gds:getNewProxyReq');
like($r->valueof('//proxyRequest'), qr/BEGIN CERTIFICATE REQUEST/, 'getNewProxyReq');
$r = $delegation->call('gds:destroy', SOAP::Data->name(delegationID => $r->valueof('//delegationID')));
ok(!$r->fault, 'destroy');
$r = $delegation->call('gds:getTerminationTime', SOAP::Data->name(delegationID => 'none'));
ok(exists $r->faultdetail->{DelegationException}{msg}, 'DelegationException, typed');
done_testing;

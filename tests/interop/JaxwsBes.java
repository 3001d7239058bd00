// JAX-WS (the reference implementation) against a gatekeeper: classes made by wsimport from the WSDL that it serves.
import java.io.InputStream;
import java.net.URL;
import javax.xml.bind.JAXBElement;
import javax.xml.ws.BindingProvider;
import javax.xml.ws.Holder;
import javax.xml.ws.wsaddressing.W3CEndpointReference;
import org.ggf.schemas.bes._2006._08.bes_factory.*;
import org.ggf.schemas.jsdl._2005._11.jsdl.*;
import org.ggf.schemas.jsdl._2005._11.jsdl_posix.*;

public class JaxwsBes {
    static int count, failed;

    interface Claim {
        Object holds() throws Exception;
    }

    static void ok(String title, Claim claim) {
        Object what;
        count++;
        try {
            what = claim.holds();
        } catch (Throwable t) {
            what = t;
        }
        if (!Boolean.TRUE.equals(what)) {
            failed++;
            System.out.print("not ");
        }
        System.out.println("ok " + count + " - " + title);
        if (!Boolean.TRUE.equals(what))
            System.out.println(("# " + what).replace("\n", "\n# "));
    }

    static CreateActivityType job(String program, String... words) {
        POSIXApplicationType posix = new POSIXApplicationType();
        FileNameType executable = new FileNameType();
        executable.setValue(program);
        posix.setExecutable(executable);
        for (String w : words) {
            ArgumentType a = new ArgumentType();
            a.setValue(w);
            posix.getArgument().add(a);
        }
        ApplicationType application = new ApplicationType();
        application.getAny().add(new org.ggf.schemas.jsdl._2005._11.jsdl_posix.ObjectFactory().createPOSIXApplication(posix));
        JobDescriptionType description = new JobDescriptionType();
        description.setApplication(application);
        JobDefinitionType definition = new JobDefinitionType();
        definition.setJobDescription(description);
        ActivityDocumentType document = new ActivityDocumentType();
        document.setJobDefinition(definition);
        CreateActivityType create = new CreateActivityType();
        create.setActivityDocument(document);
        return create;
    }

    static BESFactoryPortType site;

    static ActivityStatusType untilOver(W3CEndpointReference job) throws Exception {
        GetActivityStatusesType ask = new GetActivityStatusesType();
        ask.getActivityIdentifier().add(job);
        for (long end = System.currentTimeMillis() + 120000; System.currentTimeMillis() < end; Thread.sleep(50)) {
            ActivityStatusType st = site.getActivityStatuses(ask).getResponse().get(0).getActivityStatus();
            if (st.getState() != ActivityStateEnumeration.PENDING && st.getState() != ActivityStateEnumeration.RUNNING)
                return st;
        }
        throw new Exception("in vain");
    }

    static String fetch(String url) throws Exception {
        try (InputStream in = new URL(url).openStream()) {
            return new String(in.readAllBytes(), "UTF-8");
        }
    }

    static Object runs() throws Exception {
        W3CEndpointReference job =
            site.createActivity(job("/bin/sh", "-c", "echo hello; exit 4")).getActivityIdentifier();
        String address = job.toString().replaceAll("(?s).*<([a-z0-9]*:)?Address[^>]*>([^<]*)<.*", "$2").trim();
        ActivityStatusType st = untilOver(job);
        gatehouse.jobs._1.JobStatusType more = null;
        for (Object o : st.getAny())
            if (o instanceof JAXBElement && ((JAXBElement<?>)o).getValue() instanceof gatehouse.jobs._1.JobStatusType)
                more = (gatehouse.jobs._1.JobStatusType)((JAXBElement<?>)o).getValue();
        if (st.getState() != ActivityStateEnumeration.FINISHED || more == null || more.getExitCode().intValue() != 4)
            return st.getState() + " " + st.getAny();
        return fetch(address + "/stdout").equals("hello\n");
    }

    static Object isRefused() throws Exception {
        try {
            site.createActivity(job(""));
            return "no fault";
        } catch (InvalidRequestMessageFault f) {
            return f.getMessage().contains("executable is missing") ? true : f.getMessage();
        }
    }

    static Object isEnded() throws Exception {
        W3CEndpointReference job = site.createActivity(job("/bin/sleep", "1000")).getActivityIdentifier();
        TerminateActivitiesType end = new TerminateActivitiesType();
        end.getActivityIdentifier().add(job);
        return site.terminateActivities(end).getResponse().get(0).isTerminated() &&
            untilOver(job).getState() == ActivityStateEnumeration.CANCELLED;
    }

    public static void main(String[] args) throws Exception {
        BESService service = new BESService(new URL(args[0] + "/bes?wsdl"));
        site = service.getBESFactoryPort();
        ((BindingProvider)site).getRequestContext().put(BindingProvider.ENDPOINT_ADDRESS_PROPERTY, args[0] + "/bes");
        ok("a job runs, its exit code and output come back", JaxwsBes::runs);
        ok("a refusal is the typed exception of the WSDL", JaxwsBes::isRefused);
        ok("a running job is ended", JaxwsBes::isEnded);
        ok("the factory's document is read", () ->
            site.getFactoryAttributesDocument(new GetFactoryAttributesDocumentType()).getFactoryResourceAttributesDocument()
                .isIsAcceptingNewActivities());
        ok("a delegation is begun", () -> {
            DelegationPortType d = service.getDelegationPort();
            Holder<String> request = new Holder<>(), id = new Holder<>();
            ((BindingProvider)d).getRequestContext().put(BindingProvider.ENDPOINT_ADDRESS_PROPERTY, args[0] + "/bes");
            d.getNewProxyReq(request, id);
            return request.value.contains("BEGIN CERTIFICATE REQUEST") && id.value != null;
        });
        System.out.println("1.." + count);
        System.exit(failed > 0 ? 1 : 0);
    }
}

// Axis 1.4 against a gatekeeper: classes made by WSDL2Java -W from the WSDL that it serves.
import java.net.URL;
import org.apache.axis.message.MessageElement;
import org.ggf.schemas.bes._2006._08.bes_factory.*;
import org.ggf.schemas.jsdl._2005._11.jsdl.Application_Type;
import org.ggf.schemas.jsdl._2005._11.jsdl.JobDefinition_Type;
import org.ggf.schemas.jsdl._2005._11.jsdl.JobDescription_Type;
import org.w3.www._2005._08.addressing.EndpointReferenceType;

public class AxisBes {
    static final String POSIX = "http://schemas.ggf.org/jsdl/2005/11/jsdl-posix";
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

    static CreateActivityType job(String program, String... words) throws Exception {
        MessageElement posix = new MessageElement(POSIX, "POSIXApplication");
        posix.addChild(text("Executable", program));
        for (String w : words)
            posix.addChild(text("Argument", w));
        Application_Type application = new Application_Type();
        application.set_any(new MessageElement[] { posix });
        JobDescription_Type description = new JobDescription_Type();
        description.setApplication(application);
        JobDefinition_Type definition = new JobDefinition_Type();
        definition.setJobDescription(description);
        ActivityDocumentType document = new ActivityDocumentType();
        document.setJobDefinition(definition);
        CreateActivityType create = new CreateActivityType();
        create.setActivityDocument(document);
        return create;
    }

    static MessageElement text(String name, String value) throws Exception {
        MessageElement e = new MessageElement(POSIX, name);
        e.addTextNode(value);
        return e;
    }

    static BESFactoryPortType site;

    static ActivityStatusType untilOver(EndpointReferenceType job) throws Exception {
        GetActivityStatusesType ask = new GetActivityStatusesType();
        ask.setActivityIdentifier(new EndpointReferenceType[] { job });
        for (long end = System.currentTimeMillis() + 120000; System.currentTimeMillis() < end; Thread.sleep(50)) {
            ActivityStatusType st = site.getActivityStatuses(ask).getResponse(0).getActivityStatus();
            if (st.getState() != ActivityStateEnumeration.Pending && st.getState() != ActivityStateEnumeration.Running)
                return st;
        }
        throw new Exception("in vain");
    }

    static Object runs() throws Exception {
        ActivityStatusType st = untilOver(site.createActivity(job("/bin/sh", "-c", "exit 4")).getActivityIdentifier());
        String more = st.get_any()[0].getAsString();
        return st.getState() == ActivityStateEnumeration.Finished && more.contains("ExitCode>4<") ? true : more;
    }

    static Object isRefused() throws Exception {
        try {
            site.createActivity(job(""));
            return "no fault";
        } catch (InvalidRequestMessageFaultType f) {
            return f.getFaultString().contains("executable is missing") ? true : f.getFaultString();
        }
    }

    static Object isEnded() throws Exception {
        EndpointReferenceType job = site.createActivity(job("/bin/sleep", "1000")).getActivityIdentifier();
        TerminateActivitiesType end = new TerminateActivitiesType();
        end.setActivityIdentifier(new EndpointReferenceType[] { job });
        site.terminateActivities(end);
        return untilOver(job).getState() == ActivityStateEnumeration.Cancelled;
    }

    public static void main(String[] args) throws Exception {
        site = new BESServiceLocator().getBESFactoryPort(new URL(args[0] + "/bes"));
        ok("a job runs, its exit code comes back", AxisBes::runs);
        ok("a refusal is the typed exception of the WSDL", AxisBes::isRefused);
        ok("a running job is ended", AxisBes::isEnded);
        System.out.println("1.." + count);
        System.exit(failed > 0 ? 1 : 0);
    }
}

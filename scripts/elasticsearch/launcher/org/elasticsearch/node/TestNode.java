package org.elasticsearch.node;

import org.apache.logging.log4j.LogManager;
import org.elasticsearch.bootstrap.BootstrapInfo;
import org.elasticsearch.common.logging.LogConfigurator;
import org.elasticsearch.common.settings.KeyStoreWrapper;
import org.elasticsearch.common.settings.Settings;
import org.elasticsearch.env.Environment;
import org.elasticsearch.plugins.ClassPathPlugins;
import org.elasticsearch.plugins.PluginsLoader;
import org.elasticsearch.plugins.PluginsService;

import java.io.IOException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/**
 * Starts one Elasticsearch node from the jars on the class path. SIGTERM ends it. With -Dportside.tied=true it also ends
 * when standard input closes: a node must not outlive the test run that started it, however that ended.
 * In this package because the constructor of Node that takes a preparation is visible only here.
 */
public class TestNode extends Node {
    private TestNode(Environment environment, List<String> plugins) {
        super(NodeConstruction.prepareConstruction(environment, null, new NodeServiceProvider() {
            @Override
            PluginsService newPluginService(Environment own, PluginsLoader loader) {
                return new ClassPathPlugins(own, plugins);
            }
        }, true));
    }

    public static void main(String[] args) {
        try {
            start(args);
        } catch (Throwable thrown) {
            thrown.printStackTrace();
            Runtime.getRuntime().halt(1);
        }
    }

    private static void start(String[] args) throws Exception {
        LogConfigurator.registerErrorListener();
        BootstrapInfo.init();
        Path configuration = Path.of(System.getProperty("es.path.conf"));
        Environment plain = InternalSettingsPreparer.prepareEnvironment(Settings.EMPTY, parseSettings(args), configuration, () -> "portside");
        LogConfigurator.setNodeName(Node.NODE_NAME_SETTING.get(plain.settings()));
        LogConfigurator.configure(plain, true);

        Settings.Builder settings = Settings.builder().put(plain.settings());
        String password = System.getenv("ES_BOOTSTRAP_PASSWORD");
        if (password != null) {
            KeyStoreWrapper secrets = KeyStoreWrapper.create();
            secrets.setString("bootstrap.password", password.toCharArray());
            if (plain.settings().hasValue("xpack.security.http.ssl.keystore.path")) {
                secrets.setString("xpack.security.http.ssl.keystore.secure_password", password.toCharArray());
            }
            settings.setSecureSettings(secrets);
        }
        List<String> plugins = List.of(System.getProperty("portside.plugins").split(","));
        Node node = new TestNode(new Environment(settings.build(), configuration), plugins);

        CountDownLatch ended = new CountDownLatch(1);
        Runtime.getRuntime().addShutdownHook(new Thread(() -> {
            try {
                node.prepareForClose();
                node.close();
                node.awaitClose(10, TimeUnit.SECONDS);
            } catch (Exception thrown) {
                thrown.printStackTrace();
            } finally {
                LogManager.shutdown();
                ended.countDown();
            }
        }, "portside-shutdown"));
        if (Boolean.getBoolean("portside.tied")) endWithStandardInput();
        node.start();
        ended.await();
    }

    /** Settings given as -Ekey=value. */
    private static Map<String, String> parseSettings(String[] args) {
        Map<String, String> settings = new HashMap<>();
        for (String arg : args) {
            int equals = arg.indexOf('=');
            settings.put(arg.substring("-E".length(), equals), arg.substring(equals + 1));
        }
        return settings;
    }

    private static void endWithStandardInput() {
        Thread watcher = new Thread(() -> {
            try {
                while (System.in.read() >= 0) continue;
            } catch (IOException closed) {
                // A broken pipe means the same as its end.
            }
            System.exit(0);
        }, "portside-tied");
        watcher.setDaemon(true);
        watcher.start();
    }
}

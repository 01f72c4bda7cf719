package org.elasticsearch.xpack.security;

import org.elasticsearch.common.settings.Settings;

import java.util.List;

/** The security plugin without its SAML actions: their OpenSAML 4 jars are not on Maven Central. */
public class SecurityWithoutSaml extends Security {
    public SecurityWithoutSaml(Settings settings) {
        super(settings);
    }

    @Override
    public List<ActionHandler> getActions() {
        return super.getActions().stream().filter(action -> action.getTransportAction().getSimpleName().contains("Saml") == false).toList();
    }
}
